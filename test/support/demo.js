// The demo, run by tests: it can be stopped and started again with the same data.
import { createClient } from './http-client.js';
import { runProgram } from './program.js';
import { onFreePort } from './redis/free-port.js';

const SERVER = new URL('../../docs/examples/demo/server.js', import.meta.url);

/** @typedef {{ machine: string, slot: number, pid: number, generation: number, state: string }} WorkerEntry */

export class Demo {
  /** @type {import('./program.js').Program | undefined} */
  #program;
  #port = 0;
  #folder;
  #env;
  #args;

  /**
   * @param {string} folder where the embedded engine keeps its data
   * @param {Record<string, string>} env
   * @param {readonly string[]} [args]
   */
  constructor(folder, env, args = []) {
    this.#folder = folder;
    this.#env = env;
    this.#args = args;
  }

  get port() {
    return this.#port;
  }

  get output() {
    return this.#program?.output() ?? '';
  }

  /** Settles when every worker serves. */
  async start() {
    if (this.#port) await this.#startOn(this.#port);
    else await onFreePort((port) => this.#startOn(port));
  }

  /** @param {number} port */
  async #startOn(port) {
    this.#port = port;
    const env = { PORT: String(port), ...this.#env };
    this.#program = runProgram(SERVER, { cwd: this.#folder, env, args: this.#args });
    await this.#program.printed(/Press Ctrl\+C/);
  }

  /** Asks it to end, and tells how it did. */
  async stop() {
    this.#program?.kill('SIGTERM');
    return this.#program?.exited;
  }

  /** Those that serve. @returns {Promise<WorkerEntry[]>} */
  async workers() {
    const { body } = await createClient(this.#port).get('/api/workers');
    return body.workers.filter((/** @type {WorkerEntry} */ { state }) => state === 'ready');
  }

  /** @param {number} slot */
  async worker(slot) {
    const found = (await this.workers()).find((worker) => worker.slot === slot);
    if (!found) throw new Error(`There is no worker in slot ${slot}`);
    return found;
  }

  async [Symbol.asyncDispose]() {
    await this.#program?.[Symbol.asyncDispose]();
  }
}
