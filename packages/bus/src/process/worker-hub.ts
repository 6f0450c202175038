// The hub of a process whose router is at the other end of a transport.

import type { Member } from '../bus.js';
import { Client } from '../client/client.js';
import type { Uplink } from '../client/uplink.js';
import { isLocal } from '../members/machine.js';
import { DEFAULT_LIMIT_BYTES } from '../options/defaults.js';
import { trace } from '../trace.js';
import type { Transport, TransportReceiver } from '../transport/transport.js';
import { windowBytes } from '../wire/credit.js';
import { HELLO, signalFrame } from '../wire/frame.js';
import { Outbox } from '../wire/outbox/outbox.js';
import type { Hub } from './hub.js';

/** @param presumed what this process may take itself for until the router says. */
export function workerHub(
  open: (receiver: TransportReceiver) => Transport,
  presumed: Member | undefined,
): Hub {
  let requested = 0;
  let keepMs = 0;
  /** An outbox that is larger than the primary's would let more leave than the primary takes. */
  let most = Number.POSITIVE_INFINITY;
  let lost = 0;
  const transport = open({
    frame: (message) => client.receive(message),
    dying() {},
    gone() {
      trace('the router is gone');
      lost += outbox.close();
      client.cutOff();
    },
  });
  // Until the primary has answered the hello, what is sent waits: it may have no bus yet.
  const outbox = new Outbox(transport, {
    limit: DEFAULT_LIMIT_BYTES,
    toRouter: true,
    name: 'the router',
  });
  const uplink: Uplink = {
    get limit() {
      return outbox.limit;
    },
    get bytes() {
      return outbox.bytes;
    },
    push: (packet, bytes) => outbox.push(packet, bytes),
    extend: (kind, name, address, payload) => outbox.extend(kind, name, address, payload),
    accepts: (bytes) => outbox.accepts(bytes),
    onRoom: (listener) => outbox.onRoom(listener),
    get isBusy() {
      return outbox.isBusy;
    },
    onCalm: (listener) => outbox.onCalm(listener),
    returned: () => outbox.returned(),
    lookUp() {},
    hello: () => transport.send(signalFrame(HELLO), () => {}),
    welcomed(limit) {
      most = limit;
      setLimit();
      share();
      outbox.resume();
    },
    flushed: () => outbox.flushed(),
  };
  const client = new Client(uplink, presumed);
  trace('connects to the router');
  const share = () => {
    outbox.windowBytes = windowBytes(client.membership.joined.filter(isLocal).length);
  };
  client.membership.upListeners.add(share);
  client.membership.goneListeners.add(share);
  const setLimit = () => {
    outbox.limit = Math.min(requested || DEFAULT_LIMIT_BYTES, most);
    client.sender.limit = outbox.limit;
  };
  uplink.hello();
  return {
    client,
    raiseLimit(bytes) {
      requested = Math.max(requested, bytes);
      setLimit();
    },
    extendKeep(ms) {
      keepMs = Math.max(keepMs, ms);
      client.sender.keepMs = keepMs;
    },
    outboxes: () => ({
      bytes: outbox.bytes,
      messages: outbox.messages,
      dropped: outbox.dropped,
      lost,
      badFrames: 0,
      retained: { topics: 0, bytes: 0, dropped: 0 },
      members: [],
    }),
  };
}
