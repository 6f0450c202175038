// The options of adapters that stand on the bus.
import type { Bus } from '@muster/bus';
import { optionsFault, shown } from '@muster/codec/options';
import { InvalidOptionError } from '@muster/store';

export interface BusAdapterOptions {
  /** From `createBus()`. It stays the app's: no adapter closes it. */
  // biome-ignore lint/suspicious/noExplicitAny: it may have types for the events and calls of the app.
  bus: Bus<any, any>;
}

/**
 * @param taker such as `createEventTarget()`.
 * @param more options beyond `bus`.
 * @throws InvalidOptionError for a name that is unknown, and for a bus that is none.
 */
export function checkBusOptions(taker: string, options: unknown, more: readonly string[]): void {
  const known = new Set(['bus', ...more]);
  const meant = () => 'write { bus: createBus() }';
  const fault = optionsFault(taker, options, { known, meant });
  if (fault !== undefined) throw new InvalidOptionError(fault);
  checkBus(taker, (options as { bus?: unknown }).bus);
}

/** @throws InvalidOptionError */
export function checkBus(taker: string, bus: unknown): void {
  if (typeof (bus as { broadcast?: unknown } | null | undefined)?.broadcast === 'function') return;
  throw new InvalidOptionError(
    `bus of ${taker} is what createBus() returns, and not ${shown(bus)}`,
  );
}
