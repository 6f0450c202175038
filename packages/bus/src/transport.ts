// `@muster/bus/transport`: members over a transport of one's own. The page of it is docs/guide/own-transport.md.

import type { AnyCalls, AnyEvents, Bus, BusOptions, Member } from './bus.js';
import { InvalidMemberError } from './errors.js';
import { openBus } from './handle/create-bus.js';
import { workerMember } from './members/member.js';
import { processHub } from './process/process-hub.js';
import { routerHub } from './process/router-hub.js';
import type { OpenTransport } from './transport/transport.js';

export type { OpenTransport, Transport, TransportReceiver } from './transport/transport.js';
export type { Frame } from './wire/frame.js';

/** Passes messages between members. */
export interface Router {
  /** A bus of this process, which is the member `'primary'` of this router. @throws InvalidOptionError */
  createBus<Events extends object = AnyEvents, Calls extends object = AnyCalls>(
    options?: Omit<BusOptions, 'transport'>,
  ): Bus<Events, Calls>;
  /**
   * Connects a member, which has `createBus({ transport })` at the other end. It is one from now on, and until its transport
   * is gone.
   *
   * @param member its slot, and its generation (default 1) and role (default `'worker'`)
   * @throws InvalidMemberError where it cannot be a member, or there is one of that slot and generation; InvalidOptionError
   */
  connect(member: JoiningMember, transport: OpenTransport): void;
}

export type JoiningMember = Pick<Member, 'slot'> & Partial<Member>;

/** A router of its own: its members are those that `connect()` adds, and the buses that it creates. */
export function createRouter(): Router {
  const hub = routerHub(() => {});
  return {
    createBus: (options = {}) => openBus(options, false, hub),
    connect: (member, transport) => hub.connect(joining(member), transport),
  };
}

/**
 * The router of this process, to which the workers of its cluster belong and the buses that `createBus()` gives.
 *
 * @throws InvalidMemberError in a worker: the router is in its primary
 */
export function processRouter(): Router {
  const hub = processHub();
  const { connect } = hub;
  if (connect === undefined) {
    throw new InvalidMemberError('the router is in the primary; call processRouter() there');
  }
  return {
    createBus: (options = {}) => openBus(options, false, hub),
    connect: (member, transport) => connect(joining(member), transport),
  };
}

function joining(member: JoiningMember): Member {
  return workerMember({ generation: 1, ...member });
}
