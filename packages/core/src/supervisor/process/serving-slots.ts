/**
 * Remembers which slots have servers. `ready: 'auto'` cannot see that code will listen once a database has answered, if the
 * code does not return that promise. But if one worker of a slot listened, the next one will, and if none did, none will.
 */
import type { WorkerIdentity } from '../../worker-status.js';
import type { WorkerAddresses } from './worker-addresses.js';

/** What the next worker of a slot is expected to have, judging by its predecessors. */
export type Expectation = 'server' | 'no server' | 'unknown';

export class ServingSlots {
  readonly #servers = new Set<string>();
  /** Roles of which a worker was ready without a server, and opened none while it started. */
  readonly #without = new Set<string>();

  expects(identity: WorkerIdentity): Expectation {
    if (this.#servers.has(keyOf(identity))) return 'server';
    return this.#without.has(identity.role) ? 'no server' : 'unknown';
  }

  /**
   * Call it at the fork.
   *
   * @param withinMs servers opened later do not count
   */
  watch(addresses: WorkerAddresses, identity: WorkerIdentity, withinMs: number): void {
    addresses.onChange(() => {
      if (addresses.openedWithin(withinMs).length === 0) return;
      this.#servers.add(keyOf(identity));
      this.#without.delete(identity.role);
    });
  }

  /** Call it when a worker is ready without a server, because it has come to rest. */
  restsWithout(identity: WorkerIdentity): void {
    this.#without.add(identity.role);
  }
}

function keyOf({ role, slot }: WorkerIdentity): string {
  return `${slot} ${role}`;
}
