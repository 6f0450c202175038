/**
 * The sessions of a namespace on the store, by their private ids. A session is written while its socket is connected, so that it
 * survives a process that is killed, and once more when the socket disconnects.
 *
 * Whoever restores a session raises its epoch. After that, a process that still believes to have the socket changes nothing.
 */
import { decode } from '@muster/codec';
import type { SharedStore, StoreView } from '@muster/store';
import { textOf } from './as-sent.js';

/** What is known of the packets of a session at one moment. */
export interface SentSoFar {
  /** The packets of the namespace up to this number were written to the socket, where they were for it. */
  readonly upTo: number;
  /** None of those that were for it has a number above this one. */
  readonly last: number;
}

export interface SessionState {
  readonly sid: string;
  readonly rooms: readonly string[];
  readonly data: unknown;
  readonly sent: SentSoFar;
}

interface SessionRecord extends Omit<SessionState, 'data'> {
  readonly epoch: number;
  readonly data: string;
}

export class SessionRecords {
  readonly #records: StoreView<SessionRecord>;
  readonly #key: (pid: string) => string;

  constructor(store: SharedStore, name: string, namespace: string) {
    this.#records = store.namespace<SessionRecord>(`${name}:sessions`, { evictable: true });
    const prefix = `${encodeURIComponent(namespace)}:`;
    this.#key = (pid) => prefix + pid;
  }

  async save(pid: string, epoch: number, state: SessionState, ttlMs: number): Promise<void> {
    const record = { ...state, epoch, data: textOf(state.data) };
    const isOurs = (current: SessionRecord | undefined) => !current || current.epoch <= epoch;
    await this.#records.update(this.#key(pid), (current) => (isOurs(current) ? record : current), {
      ttlMs,
    });
  }

  /** Takes the session over. `undefined` if there is none, or it has expired. */
  async take(pid: string): Promise<(SessionState & { readonly epoch: number }) | undefined> {
    const record = await this.#records.update(
      this.#key(pid),
      (current) => current && { ...current, epoch: current.epoch + 1 },
    );
    return record && { ...record, data: decode(record.data) };
  }

  /** The socket has left for good. */
  async forget(pid: string, epoch: number): Promise<void> {
    await this.#records.update(this.#key(pid), (current) =>
      current && current.epoch > epoch ? current : undefined,
    );
  }
}
