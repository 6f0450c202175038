// A transport that an app has made, held to what the bus relies on.

import { setImmediate } from 'node:timers';
import { reasonOf } from '@muster/codec/thrown';
import { checkFunction, wrong } from '../options/strict-options.js';
import { inJson } from '../wire/frame.js';
import type { OpenTransport, Transport, TransportReceiver } from './transport.js';

const CALLS_LATER = 'a function that returns { send } before it calls its receiver';

/** @throws InvalidOptionError if it opens nothing that sends, or calls the receiver before it returns; whatever `open` throws */
export function openOwnTransport(open: OpenTransport, receiver: TransportReceiver): Transport {
  checkFunction('transport', open);
  let hasReturned = false;
  let isOpen = true;
  const assertReturned = () => {
    if (!hasReturned) throw wrong('transport', open, CALLS_LATER);
  };
  const fails = (error: unknown) => {
    process.emitWarning(`A transport of the bus failed, and is gone: ${reasonOf(error)}`);
    if (!isOpen) return;
    isOpen = false;
    // Not in the middle of a call of the bus.
    setImmediate(() => receiver.gone());
  };
  const transport = open({
    frame(frame) {
      assertReturned();
      if (isOpen) receiver.frame(frame);
    },
    dying() {
      assertReturned();
      if (isOpen) receiver.dying();
    },
    gone() {
      assertReturned();
      if (!isOpen) return;
      isOpen = false;
      receiver.gone();
    },
  });
  if (typeof (transport as Partial<Transport> | undefined)?.send !== 'function') {
    throw wrong('transport', transport, 'a function that returns { send }');
  }
  hasReturned = true;
  return {
    send(frame, sent) {
      const isSent = onceOnly(sent);
      if (isOpen) {
        try {
          transport.send(inJson(frame), isSent);
          return;
        } catch (error) {
          fails(error);
        }
      }
      setImmediate(isSent);
    },
    expel(why) {
      try {
        transport.expel?.(why);
      } catch (error) {
        fails(error);
      }
    },
  };
}

/** A frame that counts as sent twice would let more be on the way than there is room for. */
function onceOnly(sent: () => void): () => void {
  let isSent = false;
  return () => {
    if (isSent) return;
    isSent = true;
    sent();
  };
}
