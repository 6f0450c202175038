// A Redis: a pure function of what it says of itself.
import { bytes } from '../view/units.js';
import type { RedisFacts } from './facts.js';
import { type Finding, findings } from './finding.js';

const LEAST = [6, 2] as const;
/** Milliseconds between two clocks that nobody will notice. */
const SKEW_MS = 1_000;
/** An answer within one machine room takes less. */
const SLOW_MS = 20;

export function judgeRedis(redis: RedisFacts): Finding[] {
  const { label, fault, info = {}, save, idleSeconds = 0, aheadMs = 0, answerMs = 0 } = redis;
  if (fault !== undefined) {
    return findings('redis', '', [
      [
        'error',
        `${label} cannot be used: ${fault}`,
        'start it, or correct the URL, the password and the firewall',
      ],
    ]);
  }
  const name = nameOf(info);
  const [major = 0, minor = 0] = (info.redis_version ?? '?').split('.').map(Number);
  const limit = Number(info.maxmemory ?? 0);
  const policy = info.maxmemory_policy ?? 'noeviction';
  const keepsNothing = info.aof_enabled === '0' && save === '';
  const room = Number(info.maxclients ?? 0) - Number(info.connected_clients ?? 0);
  return findings('redis', `${label}, ${name}, answers in ${Math.round(answerMs)} ms`, [
    (major < LEAST[0] || (major === LEAST[0] && minor < LEAST[1])) && [
      'error',
      `${label} is ${name}, and Muster needs ${LEAST.join('.')}`,
      'update it',
    ],
    limit > 0 &&
      policy !== 'noeviction' && [
        'error',
        `${label} removes keys when its ${bytes(limit)} are full (maxmemory-policy ${policy}): locks, sessions and jobs are lost without a word`,
        'CONFIG SET maxmemory-policy noeviction, and in redis.conf',
      ],
    Number(info.evicted_keys ?? 0) > 0 && [
      'warning',
      `${label} has removed ${info.evicted_keys} keys by itself since it was started`,
      'give it more memory, and maxmemory-policy noeviction',
    ],
    limit > 0 &&
      Number(info.used_memory ?? 0) > 0.9 * limit && [
        'warning',
        `${label} has ${bytes(Number(info.used_memory))} of its ${bytes(limit)} in use`,
        'raise maxmemory before writes fail (MUSTER_STORE_FULL)',
      ],
    keepsNothing && [
      'warning',
      `${label} keeps nothing on disk: a restart loses sessions and jobs`,
      'appendonly yes in redis.conf, if that matters to you',
    ],
    info.rdb_last_bgsave_status === 'err' && [
      'error',
      `${label} could not write its snapshot, and refuses writes for it`,
      'look at its log: mostly the disk is full, or vm.overcommit_memory is 0',
    ],
    info.aof_last_write_status === 'err' && [
      'error',
      `${label} could not write its append-only file, and refuses writes for it`,
      'look at its log: mostly the disk is full',
    ],
    info.loading === '1' && ['warning', `${label} still loads its data`, 'wait until it has'],
    info.role === 'slave' && [
      'error',
      `${label} is a replica, and takes no writes`,
      'name its master, or the Sentinels: redis+sentinel://',
    ],
    info.maxclients !== undefined &&
      room < 50 && [
        'warning',
        `${label} has room for ${room} more connections (maxclients ${info.maxclients})`,
        'raise maxclients; each worker has two or three',
      ],
    idleSeconds > 0 && [
      'warning',
      `${label} ends connections that are idle for ${idleSeconds} s`,
      'CONFIG SET timeout 0: a reconnect may make a call slow, or a bus late',
    ],
    Math.abs(aheadMs) > SKEW_MS + answerMs && [
      'warning',
      `its clock is ${Math.abs(aheadMs / 1_000).toFixed(1)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} this machine's`,
      'let both follow NTP: cookies end by one, sessions by the other',
    ],
    answerMs > SLOW_MS && [
      'warning',
      `${label} takes ${Math.round(answerMs)} ms to answer`,
      'move it nearer: each call of the store waits for it',
    ],
  ]);
}

function nameOf({ valkey_version: valkey, redis_version: redis }: Record<string, string>): string {
  if (valkey !== undefined) return `Valkey ${valkey}`;
  return redis === undefined ? 'a Redis that tells this user nothing (INFO)' : `Redis ${redis}`;
}
