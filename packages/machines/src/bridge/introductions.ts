// What this machine says of itself: when it begins an epoch, when it is asked, and when it needs another name.

import type { Gateway } from '@muster/bus/machines';
import type { EntryRef } from '../entries/entry.js';
import type { Group } from '../peers/group.js';
import { freeName } from '../peers/name.js';
import type { LastCommitted } from '../peers/self.js';
import { DATA, type Item, itemOf } from './outgoing.js';

export class Introductions {
  readonly #wantedName: string;
  readonly #group: Group;
  readonly #gateway: Gateway;
  #name: string;

  constructor(name: string, group: Group, gateway: Gateway) {
    this.#wantedName = name;
    this.#name = name;
    this.#group = group;
    this.#gateway = gateway;
  }

  get name(): string {
    return this.#name;
  }

  /** Takes another name where an older machine has this one. @returns whether it did */
  avoidNames(): boolean {
    const { self, present } = this.#group;
    const before = this.#name;
    this.#name = freeName(this.#wantedName, { ...self, name: before }, present);
    return this.#name !== before;
  }

  /** Begins an epoch. @param lost whether something of the one before cannot be sent again */
  hello(committed: LastCommitted | undefined, lost: boolean): Item[] {
    const known = this.#group.present.map(({ id, epoch }) => `${id}.${epoch}`);
    const sinceMs = this.#group.self.sinceMs ?? 0;
    const hello = itemOf({ kind: 'hello', name: this.#name, sinceMs, committed, lost, known });
    return [hello, ...this.#members('', false)];
  }

  /** The values that were retained on this machine before another one joined. */
  offer(): Item[] {
    return this.#members('', true);
  }

  /** @param request the entry that asked; `undefined` for a hello */
  answer(to: string, values: boolean, request: EntryRef | undefined): Item[] {
    const sinceMs = this.#group.self.sinceMs ?? 0;
    return [
      itemOf({ kind: 'identity', name: this.#name, to, sinceMs }),
      ...this.#members(to, values),
      ...(request === undefined ? [] : [itemOf({ kind: 'synced', to, request })]),
    ];
  }

  /** Asks a machine for its retained values. */
  sync(to: string): Item {
    return itemOf({ kind: 'sync', to, valuesOnly: this.#group.isPresent(to) });
  }

  #members(to: string, values: boolean): Item[] {
    const batches = this.#gateway.introduction(to, values);
    return batches.map((batch) => ({ content: DATA, batch, sent: () => {} }));
  }
}
