// Which commands a Redis server was asked for, and whether an older one has them.

/** @import { Redis } from 'ioredis' */

/** What a command was called with that may be an option of it. */
const OPTION = /^[A-Za-z]{2,16}$/;

/** All commands that the server runs from now on, those of scripts included. */
export class CommandLog {
  /** Options by command, in upper case; `CLIENT|ID` where there are subcommands. */
  #options = /** @type {Map<string, Set<string>>} */ (new Map());
  /** What scripts call, as `redis.call`. */
  luaFunctions = /** @type {Set<string>} */ (new Set());
  #monitor;

  /** @param {Redis} monitor */
  constructor(monitor) {
    this.#monitor = monitor;
    monitor.on('monitor', (_time, args) => this.#record(args));
  }

  /** @param {Redis} redis to the server */
  static async start(redis) {
    return new CommandLog(await redis.monitor());
  }

  get commands() {
    return [...this.#options.keys()].sort();
  }

  stop() {
    this.#monitor.disconnect();
  }

  /**
   * The commands and options that a server of that version does not have, as the server at hand says (COMMAND DOCS, which
   * Redis has from 7.0 on).
   *
   * @param {Redis} redis
   * @param {string} version such as `6.2`
   */
  async newerThan(redis, version) {
    const names = this.commands.map((command) => command.split('|')[0] ?? '');
    const docs = fields(await redis.call('COMMAND', 'DOCS', ...new Set(names)));
    const found = [];
    for (const [command, options] of this.#options) {
      const [name = '', subcommand] = command.toLowerCase().split('|');
      let about = fields(docs[name]);
      if (subcommand) about = fields(fields(about.subcommands)[`${name}|${subcommand}`]);
      if (isNewer(about.since, version)) found.push(command);
      for (const { token, since } of argumentsOf(about)) {
        if (isNewer(since, version) && options.has(token)) found.push(`${command} ${token}`);
      }
    }
    return found;
  }

  /** @param {string[]} args */
  #record([name = '', ...args]) {
    let command = name.toUpperCase();
    if (/^(CLIENT|CLUSTER|COMMAND|SCRIPT|CONFIG)$/.test(command)) command += `|${args.shift()}`;
    if (command === 'EVAL') {
      for (const [text] of (args[0] ?? '').matchAll(/\bredis\.\w+/g)) this.luaFunctions.add(text);
    }
    command = command.toUpperCase();
    // Asked by `newerThan` itself.
    if (command === 'COMMAND|DOCS') return;
    const options = this.#options.get(command) ?? new Set();
    this.#options.set(command, options);
    for (const arg of args) if (OPTION.test(arg)) options.add(arg.toUpperCase());
  }
}

/**
 * A reply of names and values in turn.
 *
 * @param {unknown} reply
 * @returns {Record<string, unknown>}
 */
function fields(reply) {
  const list = /** @type {unknown[]} */ (reply ?? []);
  return Object.fromEntries(
    Array.from({ length: list.length / 2 }, (_, n) => [list[2 * n], list[2 * n + 1]]),
  );
}

/**
 * @param {Record<string, unknown>} about a command, or an argument that consists of others
 * @returns {{ token: string, since: unknown }[]}
 */
function argumentsOf(about) {
  const list = /** @type {unknown[]} */ (about.arguments ?? []);
  return list.flatMap((argument) => {
    const one = fields(argument);
    return [{ token: String(one.token ?? ''), since: one.since }, ...argumentsOf(one)];
  });
}

/** @param {unknown} since @param {string} version */
function isNewer(since, version) {
  const [major = 0, minor = 0] = String(since ?? '0')
    .split('.')
    .map(Number);
  const [atMajor = 0, atMinor = 0] = version.split('.').map(Number);
  return major > atMajor || (major === atMajor && minor > atMinor);
}
