// Scans of all masters that miss no key, even if slots move and servers are replaced meanwhile.
import { list, text, tuple } from '../procedures/reply.js';
import type { Request } from './calls/call.js';
import type { PendingCalls } from './calls/pending-calls.js';
import { type ClusterSelf, hasMore, selfIn } from './topology/cluster-nodes.js';
import type { RedisConnection } from './topology/connection.js';
import { SLOTS } from './topology/hash-slot.js';
import type { Topology } from './topology/topology.js';

interface Page {
  readonly names: readonly string[];
  readonly cursor: string | undefined;
}

/** The state of a scan. The cursor is its text. */
interface State {
  /** Servers that were scanned from end to end, with their state when that began. */
  readonly done: Record<string, Start>;
  /** Servers that were scanned once more, because they took over slots meanwhile. */
  readonly again: string[];
  current: Current | undefined;
}

interface Start {
  /** The version of the topology in this process. */
  readonly version: number;
  /** Reported by the server. If it changes, the server has taken over slots, even if this process does not know. */
  readonly configEpoch: string;
  readonly slots: string;
}

interface Current extends Start {
  readonly label: string;
  /** The epoch of the connection. */
  readonly epoch: number;
  cursor: string;
}

export class Scans {
  readonly #topology: Topology;
  readonly #calls: PendingCalls;

  constructor(topology: Topology, calls: PendingCalls) {
    this.#topology = topology;
    this.#calls = calls;
  }

  async page(
    pattern: string,
    type: 'string' | 'zset',
    count: number,
    cursor: string | undefined,
  ): Promise<Page> {
    const state: State = cursor ? JSON.parse(cursor) : { done: {}, again: [], current: undefined };
    const server = await this.#server(state);
    if (!server) return { names: [], cursor: undefined };
    const { current } = state;
    if (!current || current.epoch !== server.epoch || current.label !== server.label) {
      // In this order, so that any later change is noticed.
      const { version } = this.#topology;
      const { configEpoch, slots } = await this.#selfOf(server);
      state.current = {
        label: server.label,
        version,
        configEpoch,
        slots,
        epoch: server.epoch,
        cursor: '0',
      };
    }
    const at = state.current as Current;
    let next: string;
    let names: string[];
    try {
      const request: Request = {
        name: ['scan', pattern],
        access: 'read',
        to: server,
        send: ({ client }) =>
          client.scan(at.cursor, 'MATCH', pattern, 'COUNT', count, 'TYPE', type),
      };
      [next, names] = await this.#calls.run(request, (reply) => {
        const [cursor, found] = tuple(reply, 2);
        return [text(cursor), list(found, text)];
      });
    } catch (error) {
      if (!server.isRetired) throw error;
      state.current = undefined;
      return { names: [], cursor: JSON.stringify(state) };
    }
    // After a reconnect the server may have restarted, which makes the cursor invalid.
    if (server.epoch !== at.epoch) state.current = undefined;
    else if (next !== '0') at.cursor = next;
    else {
      const { version, configEpoch, slots } = at;
      state.done[at.label] = { version, configEpoch, slots };
      state.current = undefined;
      if (this.#topology.hasOneSlot) return { names, cursor: undefined };
    }
    return { names, cursor: JSON.stringify(state) };
  }

  /** The server of the next page; `undefined` when every slot has been scanned on its current owner. */
  async #server(state: State): Promise<RedisConnection | undefined> {
    const { current } = state;
    const same = current && this.#topology.masters().find(({ label }) => label === current.label);
    if (same) return same;
    const next = await this.#uncovered(state);
    if (next || this.#topology.hasOneSlot) return next;
    // Finds the slots that moved during the scan: to a new owner, there and back, or still moving.
    await this.#topology.refresh();
    await Promise.all(this.#topology.masters().map((server) => this.#review(state, server)));
    return this.#uncovered(state);
  }

  async #review({ done, again }: State, server: RedisConnection): Promise<void> {
    const { configEpoch, slots, isTakingOver } = await this.#selfOf(server);
    const { label } = server;
    const seen = done[label];
    if (seen?.configEpoch !== configEpoch || hasMore(slots, seen.slots)) delete done[label];
    if (!isTakingOver || again.includes(label)) return;
    again.push(label);
    delete done[label];
  }

  /**
   * A server that has not been scanned since it became the owner of a slot. Keys of a moving slot go one way: a scan of the old owner,
   * and then of the new one, sees them all.
   */
  async #uncovered({ done }: State): Promise<RedisConnection | undefined> {
    for (let slot = 0; slot < (this.#topology.hasOneSlot ? 1 : SLOTS); slot++) {
      const owner = this.#topology.owner(slot) ?? (await this.#ownerOf(slot));
      const seen = owner && done[owner.label];
      if (!seen || seen.version < this.#topology.changedAt(slot)) return owner;
    }
    return undefined;
  }

  /** Waits for the owner of the slot, at most until the deadline. */
  async #ownerOf(slot: number): Promise<RedisConnection | undefined> {
    const request: Request = {
      name: ['scan', `slot ${slot}`],
      access: 'read',
      to: slot,
      send: ({ client }) => client.ping(),
    };
    await this.#calls.run(request, text);
    return this.#topology.owner(slot);
  }

  async #selfOf(server: RedisConnection): Promise<ClusterSelf> {
    if (this.#topology.hasOneSlot) return { configEpoch: '', slots: '', isTakingOver: false };
    const request: Request = {
      name: ['cluster nodes', server.label],
      access: 'read',
      to: server,
      send: ({ client }) => client.cluster('NODES'),
    };
    return selfIn(await this.#calls.run(request, text));
  }
}

/** Makes a pattern for MATCH that matches exactly this text. */
export function escapeGlob(text: string): string {
  return text.replace(/[\\*?[\]]/g, '\\$&');
}
