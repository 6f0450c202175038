// The commands that are sent for calls.
import type { Procedure } from '../../engine.js';
import type { Script } from '../scripts/scripts.js';
import type { RedisConnection } from '../topology/connection.js';
import type { Request } from './call.js';
import type { CallName } from './failure.js';
import { retryableReplyOf } from './retryable-reply.js';

type AnyProcedure = Procedure<never, unknown>;

/** The most words in one command: a Redis before 7.0 ends the connection at more. */
const MOST_WORDS = 1024 * 1024;

export function ping(to: number | RedisConnection): Request {
  return { name: ['ping', ''], access: 'read', to, send: ({ client }) => client.ping() };
}

/** PTTL: milliseconds, below 0 for none. It makes Redis remove an expired key, and notify its watchers. */
export function timeLeftOf(slot: number, name: string): Request {
  return {
    name: ['time-left', name],
    access: 'read',
    to: slot,
    send: ({ client }) => client.pttl(name),
  };
}

export function unlink(slot: number, names: string[]): Request {
  return {
    name: nameOf('delete', names),
    access: 'write',
    to: slot,
    send: (connection) => command(connection, 'unlink', names),
  };
}

export function commandRequest(
  { name, access }: AnyProcedure,
  slot: number,
  key: string,
  [verb, ...args]: readonly [verb: string, ...args: (string | number)[]],
): Request {
  return {
    name: [name, key],
    access,
    to: slot,
    send: (connection) => command(connection, verb, args),
  };
}

/** MGET, also for one key: a key of another Redis type than a string counts as missing. */
export function mget(slot: number, names: string[]): Request {
  return {
    name: nameOf('get', names),
    access: 'read',
    to: slot,
    send: (connection) => command(connection, 'mget', names),
  };
}

export function scriptRequest(
  procedure: AnyProcedure,
  script: Script,
  slot: number,
  names: readonly string[],
  args: readonly (string | number)[],
): Request {
  return {
    name: nameOf(procedure.name, names),
    access: procedure.access,
    to: slot,
    // Until the server has run the script on this connection, its text is sent: a NOSCRIPT reply would let later calls overtake
    // this one.
    send(connection) {
      const words = [names.length, ...names, ...args];
      return connection.scripts.has(script)
        ? command(connection, 'evalsha', [script.sha, ...words])
        : command(connection, 'eval', [script.lua, ...words]);
    },
    accept({ scripts }, reply) {
      scripts.add(script);
      // A script for many calls returns an error for each. A server that does not write refuses all of them.
      const [first] = Array.isArray(reply) ? reply : [];
      return first instanceof Error && retryableReplyOf(first, '') ? first : undefined;
    },
  };
}

/**
 * The words go as one list: as arguments of a function, some 120,000 are too many for the stack.
 *
 * @throws RangeError
 */
function command(
  { client }: RedisConnection,
  verb: string,
  words: (string | number)[],
): Promise<unknown> {
  // The verb is one of them.
  if (words.length < MOST_WORDS) return client.call(verb, words);
  throw new RangeError(`it has ${words.length + 1} words, and Redis takes ${MOST_WORDS}`);
}

export function nameOf(verb: string, names: readonly string[]): CallName {
  return [verb, names.length === 1 ? (names[0] ?? '') : `${names.length} keys`];
}
