/**
 * Who is answered what, below `/console/`. Paths are compared as they came, undecoded, and lead nowhere else. The files of the page
 * have no data in them; everything else needs a session.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { ConsoleKeys } from '../auth/console-keys.js';
import { cookieOf, foreignPage } from '../auth/request-check.js';
import { WrongTokens } from '../auth/wrong-tokens.js';
import type { PageFiles } from './page-files.js';
import { readJson } from './read-json.js';
import { errorReply, json, Refused, type Reply, send } from './reply.js';

export const BASE = '/console/';
const KEY_HEADER = 'x-muster-console';
const MAX_CHARACTERS = 256;

/** What the console knows and does, for those who may ask. */
export interface ConsoleApi {
  /** Settles when the page is gone. @throws Refused */
  stream(response: ServerResponse, query: URLSearchParams): Promise<void>;
  /** @param path after `api/`, undecoded. @throws Refused, MusterError. `undefined`: there is no such thing */
  read(path: string, query: URLSearchParams): Promise<Reply | undefined>;
  /** `undefined`: the response is written. @throws Refused, MusterError */
  act(
    name: string,
    body: Record<string, unknown>,
    response: ServerResponse,
  ): Promise<Reply | undefined>;
}

export interface RoutesOptions {
  readonly keys: ConsoleKeys;
  readonly files: PageFiles;
  readonly api: ConsoleApi;
  /** The name of the cookie: cookies know no ports. */
  cookieName(): string;
  /** Called when an address begins to guess. */
  guessing(address: string): void;
}

export class Routes {
  readonly #options: RoutesOptions;
  readonly #wrong = new WrongTokens();

  constructor(options: RoutesOptions) {
    this.#options = options;
  }

  /** Never rejects. Settles when the response is written, that of a stream when its page is gone. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const reply = await this.#answer(request, response);
      if (reply) send(reply, request, response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else send(errorReply(error), request, response);
    }
  }

  /** `undefined`: it has been answered. */
  async #answer(request: IncomingMessage, response: ServerResponse): Promise<Reply | undefined> {
    const { url = '', method = '' } = request;
    const [path = '', query = ''] = url.split('?', 2);
    const name = path.slice(BASE.length);
    if (name === 'session') return this.#openSession(request);
    if (!name.startsWith('api/')) {
      allow(method, ['GET', 'HEAD']);
      const file = this.#options.files.reply(name, request);
      return file ?? errorReply(new Refused(404, 'There is no such page.'));
    }
    this.#checkSession(request);
    const { api } = this.#options;
    const [, action] = /^api\/actions\/([a-z]+)$/.exec(name) ?? [];
    if (action !== undefined) {
      allow(method, ['POST']);
      return api.act(action, await readJson(request), response);
    }
    allow(method, ['GET']);
    const asked = new URLSearchParams(query);
    if (name === 'api/stream') {
      await api.stream(response, asked);
      return undefined;
    }
    const reply = await api.read(name.slice('api/'.length), asked);
    if (!reply) throw new Refused(404, 'There is no such thing.');
    return reply;
  }

  async #openSession(request: IncomingMessage): Promise<Reply> {
    allow(request.method ?? '', ['POST']);
    refuseForeign(request);
    const { token } = await readJson(request);
    const { keys, cookieName, guessing } = this.#options;
    if (typeof token !== 'string' || token.length > MAX_CHARACTERS || !keys.acceptsToken(token)) {
      const address = request.socket.remoteAddress ?? '';
      const seconds = this.#wrong.add(address, performance.now());
      if (this.#wrong.isNew(address)) guessing(address);
      if (seconds === 0) throw new Refused(401, 'This is not the token of this console.');
      const after = { 'retry-after': String(seconds) };
      throw new Refused(429, 'Too many wrong tokens came from your address.', after);
    }
    const { cookie, key } = keys.openSession();
    return json(
      200,
      { key },
      {
        'set-cookie': `${cookieName()}=${cookie}; HttpOnly; SameSite=Strict; Path=/console`,
      },
    );
  }

  #checkSession(request: IncomingMessage): void {
    refuseForeign(request);
    const { headers, headersDistinct } = request;
    const cookie = cookieOf(headers.cookie, this.#options.cookieName());
    const [key = ''] = headersDistinct[KEY_HEADER] ?? [];
    const isShort = cookie.length <= MAX_CHARACTERS && key.length <= MAX_CHARACTERS;
    if (isShort && this.#options.keys.accepts(cookie, key)) return;
    throw new Refused(401, 'There is no session. `muster console` prints a link that opens one.');
  }
}

function allow(method: string, methods: readonly string[]): void {
  if (methods.includes(method)) return;
  throw new Refused(405, `only ${methods.join(' and ')}`, { allow: methods.join(', ') });
}

function refuseForeign({ headers }: IncomingMessage): void {
  const refusal = foreignPage(headers);
  if (refusal) throw new Refused(refusal.status, refusal.message);
}
