/**
 * Which slots have servers. `ready: 'auto'` cannot see that code will listen once a database has answered, where it does
 * not return that promise; but where one worker of a slot did, the next one will, and where none did, none will.
 */
import type { WorkerIdentity } from '../../worker-status.js';
import type { WorkerAddresses } from './worker-addresses.js';

/** What the next worker of a slot does, going by those before it. */
export type Expectation = 'server' | 'no server' | 'unknown';

export class ServingSlots {
  readonly #servers = new Set<string>();
  /** By role: one of its workers was ready without a server, and had none while it started. */
  readonly #without = new Set<string>();

  expects(identity: WorkerIdentity): Expectation {
    if (this.#servers.has(keyOf(identity))) return 'server';
    return this.#without.has(identity.role) ? 'no server' : 'unknown';
  }

  /**
   * From its fork on.
   *
   * @param withinMs after which a server is not one that it starts with
   */
  watch(addresses: WorkerAddresses, identity: WorkerIdentity, withinMs: number): void {
    addresses.onChange(() => {
      if (addresses.openedWithin(withinMs).length === 0) return;
      this.#servers.add(keyOf(identity));
      this.#without.delete(identity.role);
    });
  }

  /** It is ready without one, and has come to rest. */
  restsWithout(identity: WorkerIdentity): void {
    this.#without.add(identity.role);
  }
}

function keyOf({ role, slot }: WorkerIdentity): string {
  return `${slot} ${role}`;
}
