// A Socket.IO adapter over the bus, with connection state recovery on the store.
import { type Bus, createBus } from '@muster/bus';
import { type OptionNames, optionsFault, shown } from '@muster/codec/options';
import { createSharedStore, InvalidOptionError, type SharedStore } from '@muster/store';
import { checkBus } from './shared/bus-options.js';
import { checkStore } from './shared/options.js';
import { MusterAdapter } from './socket.io/muster-adapter.js';

export type { MusterAdapter } from './socket.io/muster-adapter.js';

export interface SocketIoAdapterOptions {
  /** Default: `createBus()`. */
  bus?: Bus | undefined;
  /**
   * Keeps sessions and missed packets if the server has `connectionStateRecovery`, and is not used without it. Default:
   * `createSharedStore()`.
   */
  store?: SharedStore | undefined;
  /** Servers with the same name are one. Give each a name if an app has several. Default: `'socket.io'`. */
  name?: string | undefined;
  /**
   * How many packets of a namespace are kept at least for clients that come back, a whole number of at least 256. A client that
   * was away for more packets is not recovered. They expire by themselves. Default: 10,000.
   */
  maxPackets?: number | undefined;
}

const NAMES: OptionNames = {
  known: new Set(['bus', 'store', 'name', 'maxPackets']),
  aliases: { namespace: [['name']], key: [['name']], maxLen: [['maxPackets']] },
  advice: {
    maxDisconnectionDuration: 'that is an option of the server, in connectionStateRecovery',
    heartbeatInterval: 'it is not needed: the bus knows which processes there are',
    heartbeatTimeout: 'it is not needed: the bus knows which processes there are',
  },
};

/**
 * The adapter for `new Server({ adapter })`: rooms, broadcasts, `serverSideEmit`, `fetchSockets` and acknowledgements work across
 * all workers, and across the machines that the bus joins.
 *
 * With `connectionStateRecovery` in the options of the server, a client that comes back, to any worker, gets its rooms, its `data` and
 * the packets that it missed, also after a reload or a crash of its worker. It is recovered only if that is complete.
 *
 * @throws InvalidOptionError, MissingPeerError if `socket.io-adapter` is not installed (when this module is imported).
 *
 * @example
 * const io = new Server(server, { adapter: createAdapter(), connectionStateRecovery: {} });
 */
// biome-ignore lint/suspicious/noExplicitAny: the type of a namespace in Socket.IO's contract.
export function createAdapter(options: SocketIoAdapterOptions = {}): (nsp: any) => MusterAdapter {
  const fault = optionsFault('createAdapter()', options, NAMES);
  if (fault !== undefined) throw new InvalidOptionError(fault);
  if (options.bus !== undefined) checkBus('createAdapter()', options.bus);
  if (options.store !== undefined) checkStore('createAdapter()', options.store);
  const { bus = createBus(), name = 'socket.io', maxPackets = 10_000 } = options;
  if (!Number.isSafeInteger(maxPackets) || maxPackets < 256) {
    throw new InvalidOptionError(
      `maxPackets is a whole number of at least 256, and not ${shown(maxPackets)}`,
    );
  }
  if (typeof name !== 'string' || !/^[\w.-]{1,64}$/.test(name)) {
    throw new InvalidOptionError(
      `name is 1 to 64 letters, digits, ".", "_" and "-", and not ${shown(name)}`,
    );
  }
  let opened: SharedStore | undefined;
  const store = () => {
    opened ??= options.store ?? createSharedStore();
    return opened;
  };
  // Socket.IO calls it with `new`.
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  return function adapter(nsp: any) {
    return new MusterAdapter(nsp, { bus, name, store, maxPackets });
  };
}
