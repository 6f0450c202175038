/**
 * The console: a page that shows the cluster as it runs, on the port of the admin endpoint. protocol.ts is the contract with
 * the page.
 *
 * - Whoever has the token may do to the cluster what the owner's `muster` command may. It is made anew at each start, kept in memory,
 *   and told to the terminal of the primary and over the control socket, never to the log.
 * - Nothing is answered before the Host is checked (admin), and no data without a session (http/routes.ts).
 * - Whatever a page, or anybody else who connects, sends or does not read, costs the primary bounded memory.
 */
import type { Complete } from '@muster/codec/options';
import type { Log } from '../../cluster-extension.js';
import type { ConsoleOptions } from '../../cluster-options.js';
import { loadCaptures } from '../control/calls/capture-calls.js';
import { version } from '../control/cluster-description.js';
import type { Supervision } from '../extension.js';
import { loadQueues } from '../locks/read-queues.js';
import { ClusterApi } from './api.js';
import { ConsoleKeys } from './auth/console-keys.js';
import { PageFiles } from './http/page-files.js';
import { BASE, Routes } from './http/routes.js';
import type { ConsoleSources } from './sources.js';
import { loadCare } from './views/store-view.js';

export class Console {
  readonly #options: Complete<ConsoleOptions>;
  readonly #sources: ConsoleSources;
  readonly #keys = new ConsoleKeys();
  #api: ClusterApi | undefined;
  #routes: Routes | undefined;
  #address = '';

  constructor(options: Complete<ConsoleOptions>, sources: ConsoleSources) {
    this.#options = options;
    this.#sources = sources;
  }

  /** @throws ConsoleError if the page is not installed */
  async start(supervision: Supervision): Promise<void> {
    const files = await PageFiles.load();
    const { readOnly } = this.#options;
    const api = new ClusterApi({ ...this.#sources, supervision, readOnly, version });
    this.#api = api;
    this.#routes = new Routes({
      ...{ keys: this.#keys, files, api },
      cookieName: () => `muster_console_${new URL(this.#address).port}`,
      guessing: (address) => warnOfGuesses(supervision.log, address),
    });
  }

  /** The admin endpoint listens, at this address. */
  opened(address: string, log: Log): void {
    this.#address = address.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
    const at = `${this.#address}${BASE}`;
    const url = `${at}#t=${this.#keys.token}`;
    this.#sources.facts.console = { url, readOnly: this.#options.readOnly };
    // The terminal alone is told the token: whatever else the log goes to may be read by others.
    if (process.stdout.isTTY) process.stdout.write(`muster: Open ${url}\n`);
    log.info(
      'console.open',
      `The console is ${at}; \`muster console\` prints the link that opens it.`,
      {
        address: at,
      },
    );
  }

  /** For requests below `/console/`, whose Host is right. */
  readonly serve: Routes['serve'] = async (request, response) =>
    this.#routes?.serve(request, response);

  async preload(): Promise<void> {
    await Promise.all([loadQueues(), loadCare(), loadCaptures()]);
  }

  close(): void {
    this.#api?.close();
  }
}

function warnOfGuesses(log: Log, address: string): void {
  const message = `Somebody at ${address} tries wrong tokens on the console. None is guessed in a lifetime.`;
  log.warn('console.guesses', message, { address });
}
