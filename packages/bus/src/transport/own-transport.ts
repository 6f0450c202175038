// A transport that an app has made, held to what the bus relies on.

import { setImmediate } from 'node:timers';
import { reasonOf } from '@muster/codec/thrown';
import { checkFunction, wrong } from '../options/strict-options.js';
import { inJson } from '../wire/frame.js';
import type { OpenTransport, Transport, TransportReceiver } from './transport.js';

/** @throws InvalidOptionError where it opens nothing that sends; whatever `open` throws */
export function openOwnTransport(open: OpenTransport, receiver: TransportReceiver): Transport {
  checkFunction('transport', open);
  let isOpen = true;
  const transport = open({
    frame: (frame) => {
      if (isOpen) receiver.frame(frame);
    },
    dying: () => receiver.dying(),
    gone() {
      if (!isOpen) return;
      isOpen = false;
      receiver.gone();
    },
  });
  if (typeof (transport as Partial<Transport> | undefined)?.send !== 'function') {
    throw wrong('transport', transport, 'a function that returns { send }');
  }
  return {
    send(frame, sent) {
      if (isOpen) {
        try {
          transport.send(inJson(frame), sent);
          return;
        } catch (error) {
          isOpen = false;
          process.emitWarning(`A transport of the bus failed, and is gone: ${reasonOf(error)}`);
          // Not in the middle of a send.
          setImmediate(() => receiver.gone());
        }
      }
      setImmediate(sent);
    },
    expel: (why) => transport.expel?.(why),
  };
}
