// Scans of all masters, that miss no key although slots move and servers are replaced meanwhile.
import type { Calls } from './calls.js';
import type { RedisConnection } from './connection.js';
import { SLOTS } from './hash-slot.js';
import type { Topology } from './topology.js';

interface Page {
  readonly names: readonly string[];
  readonly cursor: string | undefined;
}

/** Where a scan is. It travels as text in the cursor. */
interface State {
  /** Servers that were scanned from end to end, with the version of the topology when that began. */
  readonly done: Record<string, number>;
  /** Those that were scanned once more, because they took over slots meanwhile. */
  readonly again: string[];
  current: Current | undefined;
}

interface Current {
  readonly label: string;
  readonly version: number;
  readonly epoch: number;
  cursor: string;
}

export class Scans {
  readonly #topology: Topology;
  readonly #calls: Calls;

  constructor(topology: Topology, calls: Calls) {
    this.#topology = topology;
    this.#calls = calls;
  }

  async page(pattern: string, count: number, cursor: string | undefined): Promise<Page> {
    const state: State = cursor ? JSON.parse(cursor) : { done: {}, again: [], current: undefined };
    const server = await this.#server(state);
    if (!server) return { names: [], cursor: undefined };
    const { current } = state;
    if (!current || current.epoch !== server.epoch || current.label !== server.label) {
      state.current = {
        label: server.label,
        version: this.#topology.version,
        epoch: server.epoch,
        cursor: '0',
      };
    }
    const at = state.current as Current;
    let next: string;
    let names: string[];
    try {
      [next, names] = (await this.#calls.run({
        name: ['scan', pattern],
        access: 'read',
        to: server,
        send: ({ client }) =>
          client.scan(at.cursor, 'MATCH', pattern, 'COUNT', count, 'TYPE', 'string'),
      })) as [string, string[]];
    } catch (error) {
      if (!server.isRetired) throw error;
      state.current = undefined;
      return { names: [], cursor: JSON.stringify(state) };
    }
    // The cursor of another process, perhaps: a restarted server lays its keys out anew.
    if (server.epoch !== at.epoch) state.current = undefined;
    else if (next !== '0') at.cursor = next;
    else {
      state.done[at.label] = at.version;
      state.current = undefined;
      if (this.#topology.hasOneSlot) return { names, cursor: undefined };
    }
    return { names, cursor: JSON.stringify(state) };
  }

  /** The one to ask for the next page; `undefined` when all slots have been seen where they are now. */
  async #server(state: State): Promise<RedisConnection | undefined> {
    const { current } = state;
    const same = current && this.#topology.masters().find(({ label }) => label === current.label);
    if (same) return same;
    const next = await this.#uncovered(state);
    if (next || this.#topology.hasOneSlot) return next;
    // What moved while it was looked for: slots that have a new owner, and slots that are on their way to one.
    await this.#topology.refresh();
    for (const label of await this.#takingOver()) {
      if (state.again.includes(label)) continue;
      state.again.push(label);
      delete state.done[label];
    }
    return this.#uncovered(state);
  }

  /**
   * The owner of a slot that was not looked through since it owns it. Keys of a slot that is moving go one way: who
   * scans where they leave first, and where they arrive afterwards, sees them all.
   */
  async #uncovered({ done }: State): Promise<RedisConnection | undefined> {
    for (let slot = 0; slot < (this.#topology.hasOneSlot ? 1 : SLOTS); slot++) {
      const owner = this.#topology.owner(slot) ?? (await this.#ownerOf(slot));
      const seen = owner ? done[owner.label] : undefined;
      if (seen === undefined || seen < this.#topology.changedAt(slot)) return owner;
    }
    return undefined;
  }

  /** Waits for it within the deadline. */
  async #ownerOf(slot: number): Promise<RedisConnection | undefined> {
    await this.#calls.run({
      name: ['scan', `slot ${slot}`],
      access: 'read',
      to: slot,
      send: ({ client }) => client.ping(),
    });
    return this.#topology.owner(slot);
  }

  /** Masters to which a slot is moving now. */
  async #takingOver(): Promise<string[]> {
    const answers = this.#topology.masters().map(async (server) => {
      const nodes = await this.#calls.run({
        name: ['cluster nodes', server.label],
        access: 'read',
        to: server,
        send: ({ client }) => client.cluster('NODES'),
      });
      return /^.*\bmyself\b.*\[\d+-<-/m.test(String(nodes)) ? [server.label] : [];
    });
    return (await Promise.all(answers)).flat();
  }
}
