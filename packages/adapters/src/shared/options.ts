// The options of adapters, which all take a store and a namespace in it.
import { optionsFault, shown } from '@muster/codec/options';
import { InvalidOptionError, type SharedStore } from '@muster/store';

export interface AdapterOptions {
  /** From `createSharedStore()`. It stays the app's: no adapter closes it. */
  store: SharedStore;
  /** The namespace of the store that has the entries. Default: the name of the adapter. */
  namespace?: string | undefined;
}

const GIVE_A_STORE =
  'give store: createSharedStore({ url }), or { redis } with a client of ioredis';

/** Options of other adapters, each with what it is called here. */
const CALLED_ELSEWHERE: Readonly<Record<string, string>> = {
  prefix: 'did you mean namespace?',
  keyPrefix: 'did you mean namespace?',
  client: GIVE_A_STORE,
  redis: GIVE_A_STORE,
  sendCommand: GIVE_A_STORE,
  storeClient: GIVE_A_STORE,
  url: GIVE_A_STORE,
};

/**
 * @param taker such as `createRateLimitStore()`.
 * @param more options beyond those of all adapters.
 * @throws InvalidOptionError for a name that is unknown, for a store that is none, and for a namespace that is no text.
 */
export function checkAdapterOptions(
  taker: string,
  options: unknown,
  more: readonly string[] = [],
): void {
  const known = new Set(['store', 'namespace', ...more]);
  const advice = Object.fromEntries(
    Object.entries(CALLED_ELSEWHERE).filter(([name]) => !known.has(name)),
  );
  const fault = optionsFault(taker, options, {
    known,
    advice,
    meant: () => 'write { store: createSharedStore() }',
  });
  if (fault !== undefined) throw new InvalidOptionError(fault);
  const { store, namespace } = options as { store?: unknown; namespace?: unknown };
  checkStore(taker, store);
  if (namespace === undefined || (typeof namespace === 'string' && namespace !== '')) return;
  throw new InvalidOptionError(
    `namespace of ${taker} is text that is not empty, and not ${shown(namespace)}`,
  );
}

/** @throws InvalidOptionError */
export function checkStore(taker: string, store: unknown): void {
  const { namespace, withLock } = (store ?? {}) as Record<string, unknown>;
  if (typeof namespace === 'function' && typeof withLock === 'function') return;
  throw new InvalidOptionError(
    `store of ${taker} is what createSharedStore() returns, and not ${shown(store)}`,
  );
}
