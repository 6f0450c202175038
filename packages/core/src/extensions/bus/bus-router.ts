/**
 * The primary's bus, which passes on what the workers send, whether or not the app has a bus here. It is loaded when the
 * first worker creates one. Until then, messages wait for it; `assignMember()` has already told the workers who they are.
 */
import type { Bus } from '@muster/bus';
import { onBusWanted } from '@muster/bus/assign-member';
import type { Log } from '../../cluster-extension.js';
import type { Extension } from '../extension.js';

export function createBusRouter(): Extension {
  let bus: Promise<Bus> | undefined;
  let log: Log | undefined;
  const open = () => {
    bus ??= import('@muster/bus').then(({ createBus }) => createBus());
    return bus;
  };
  const wanted = () =>
    open().catch((error: unknown) => {
      log?.error('bus.failed', `the primary has no bus: ${String(error)}`, { error });
    });
  return {
    name: 'bus',
    start(supervision) {
      log = supervision.log;
    },
    preload: open,
    workerForked({ process: child }) {
      if (!bus) onBusWanted(child, wanted);
    },
    async stopped() {
      void (await bus?.catch(() => undefined))?.close();
    },
  };
}
