// This machine joins its group.

import { randomBytes } from 'node:crypto';
import { openGateway } from '@muster/bus/machines';
import { REDIS_URL_FORMS } from '@muster/store/connections';
import { Bridge } from './bridge/bridge.js';
import type { JoinEvents } from './bridge/news.js';
import { sealOf } from './entries/seal.js';
import { InvalidOptionError } from './errors.js';
import type { Link, LinkOptions } from './link/link.js';
import { RedisLink } from './link/redis/redis-link.js';
import type { JoinedMachines, MachinesOptions } from './machines.js';
import { settingsOf } from './options.js';

/** How long one append to the log may take, in milliseconds. */
const DEADLINE_MS = 2_000;

/**
 * Joins the bus of this process with those of the other machines of its group. In the primary, once. Returns at once, also
 * where the log cannot be reached: it is joined when it can be.
 *
 * @throws InvalidOptionError
 */
export function joinMachines(options: MachinesOptions, events: JoinEvents = {}): JoinedMachines {
  const { url, group, name, historyMs, historyBytes, secret } = settingsOf(options);
  const link = linkTo(url, { group, historyMs, historyBytes, deadlineMs: DEADLINE_MS });
  const bridge = new Bridge({
    // Another one for each start, of whatever copy of a machine.
    id: randomBytes(12).toString('base64url'),
    name,
    link,
    seal: sealOf(secret, group),
    isSealed: secret !== undefined,
    historyMs,
    openGateway,
    events,
  });
  bridge.start();
  const close = () => bridge.close();
  return { status: () => ({ ...bridge.status, group }), close, [Symbol.asyncDispose]: close };
}

function linkTo(url: string, options: LinkOptions): Link {
  try {
    return new RedisLink(url, options);
  } catch (cause) {
    // Its message has no URL in it, which may hold a password.
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidOptionError(
      `Invalid machines.url, or MUSTER_MACHINES: ${reason}. Give ${REDIS_URL_FORMS}`,
      { cause },
    );
  }
}
