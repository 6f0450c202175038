// Clients that ask a server, one request after the other, until a test has seen enough.
import { setMaxListeners } from 'node:events';
import type { OptionNames } from '@muster/codec/options';
import { sleep } from '@muster/codec/timers';
import { check, checkNames, whole } from '../checks.js';
import { now } from '../now.js';
import type { Load, LoadOptions, LoadResult, LostRequest } from '../testing.js';
import { type Ask, createAgent, send } from './request.js';
import { watchForStandstill } from './standstill.js';

/** How many lost requests are kept. */
const KEPT = 1_000;

const NAMES: OptionNames = {
  known: new Set([
    ...['url', 'connections', 'keepAlive', 'perSecond', 'requests'],
    ...['headers', 'timeoutMs', 'accept', 'ca'],
  ]),
  aliases: {
    clients: [['connections']],
    concurrency: [['connections']],
    rate: [['perSecond']],
    count: [['requests']],
    timeout: [['timeoutMs', ', in milliseconds?']],
  },
};

/**
 * Begins at once to ask `url`, and goes on until `stop()`, or until `requests` were sent.
 *
 * ```js
 * const load = startLoad({ url: program.url });
 * await program.reload();
 * const { lostCount } = await load.stop(); // 0
 * ```
 *
 * A request on a kept connection that is reset does not count as lost if the process of the test itself had stood still for
 * half a second before it: the server had the right to close a connection that was idle for so long.
 *
 * @throws InvalidOptionError
 */
export function startLoad(options: LoadOptions): Load {
  const { url, connections, keepAlive, perSecond, requests, accept, ...asked } = resolved(options);
  const began = now();
  const watch = watchForStandstill();
  const lost: LostRequest[] = [];
  const counts = { answered: 0, lost: 0, begun: 0, longestMs: 0 };
  const stopping = new AbortController();
  // One for each client.
  setMaxListeners(Number.POSITIVE_INFINITY, stopping.signal);

  const client = async (keepsAlive: boolean) => {
    const agent = createAgent(url, keepsAlive);
    const pauseMs = (connections * 1_000) / perSecond;
    let before = now();
    while (!stopping.signal.aborted && counts.begun < requests) {
      counts.begun += 1;
      const start = now();
      const { status, error, reused } = await send(url, { ...asked, agent });
      const end = now();
      counts.longestMs = Math.max(counts.longestMs, end - start);
      // The connection was idle for too long, because this process was: as every client, it asks again.
      const isStale = reused && error === 'ECONNRESET' && watch.stoodStillSince(before);
      before = start;
      if (isStale) counts.begun -= 1;
      else if (status !== undefined && accept(status)) counts.answered += 1;
      else {
        counts.lost += 1;
        const what = error === undefined ? { status: status as number } : { error };
        if (lost.length < KEPT) lost.push({ ...what, reused, atMs: Math.round(end - began) });
      }
      await pause(start + pauseMs - end, stopping.signal);
    }
    agent.destroy();
  };

  const finish = async (): Promise<LoadResult> => {
    const kept = (index: number) => (keepAlive === 'mixed' ? index % 2 === 0 : keepAlive);
    await Promise.all(Array.from({ length: connections }, (_, index) => client(kept(index))));
    watch.end();
    const { answered, lost: lostCount, longestMs } = counts;
    return { answered, lostCount, lost, longestMs: Math.round(longestMs) };
  };
  const done = finish();
  const stop = () => {
    stopping.abort();
    return done;
  };

  return {
    get answered() {
      return counts.answered;
    },
    get lostCount() {
      return counts.lost;
    },
    done,
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}

/** Ends early when the load stops. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(Math.max(1, ms), { signal }).catch(() => {});
}

interface Resolved extends Omit<Ask, 'agent'> {
  readonly url: URL;
  readonly connections: number;
  readonly keepAlive: boolean | 'mixed';
  readonly perSecond: number;
  readonly requests: number;
  readonly accept: (status: number) => boolean;
}

/** @throws InvalidOptionError */
function resolved(options: LoadOptions): Resolved {
  checkNames('startLoad()', options, NAMES);
  const { connections = 8, keepAlive = 'mixed', perSecond = 500, headers = {} } = options;
  const { accept = (status: number) => status < 500, ca } = options;
  const url = URL.canParse(String(options.url)) ? new URL(String(options.url)) : undefined;
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  check('url', options.url, 'an address such as http://127.0.0.1:3000/', isHttp);
  check(
    'keepAlive',
    keepAlive,
    "true, false or 'mixed'",
    [true, false, 'mixed'].includes(keepAlive),
  );
  check('accept', accept, 'a function', typeof accept === 'function');
  check('headers', headers, 'an object', typeof headers === 'object' && headers !== null);
  check('ca', ca, 'a string', ca === undefined || typeof ca === 'string');
  return {
    url: url as URL,
    connections: whole('connections', connections, { min: 1, max: 10_000 }),
    keepAlive,
    perSecond: whole('perSecond', perSecond, { min: 1, max: 1_000_000 }),
    requests: whole('requests', options.requests ?? Number.POSITIVE_INFINITY, { min: 1 }),
    timeoutMs: whole('timeoutMs', options.timeoutMs ?? 30_000, { min: 1, max: 2 ** 31 - 1 }),
    headers,
    accept,
    ...(ca !== undefined && { ca }),
  };
}
