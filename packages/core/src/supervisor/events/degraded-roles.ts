// Announces once when workers of a role begin to fail again and again, and once when the role recovers.
import { timeOfDay } from '@muster/codec/timers';
import type { ResolvedRole } from '../options/role-options.js';
import type { SlotReport } from '../slot/contract.js';
import { degradationOf } from '../status/degradation.js';
import type { Announcer } from './announcer.js';

export class DegradedRoles {
  readonly #announcer: Announcer;
  /** Milliseconds since the epoch, by role. */
  readonly #since = new Map<string, number>();
  /** Roles that were given up. */
  readonly #givenUp = new Set<string>();

  constructor(announcer: Announcer) {
    this.#announcer = announcer;
  }

  /** The role was announced as stopped: nothing more is announced until one of its workers is ready. */
  giveUp(role: string): void {
    this.#since.delete(role);
    this.#givenUp.add(role);
  }

  /** A worker of the role is ready. */
  ready(role: string): void {
    this.#givenUp.delete(role);
  }

  /** Call it with all slots of the role when one of them has changed. */
  look({ role, restart }: ResolvedRole, slots: readonly SlotReport[]): void {
    if (this.#givenUp.has(role)) return;
    const { log } = this.#announcer;
    const degradation = degradationOf(slots);
    const since = this.#since.get(role);
    if (degradation && since === undefined) {
      this.#since.set(role, degradation.since);
      const serving = slots.filter(({ serves }) => serves).length;
      const left =
        serving > 0 ? `${serving} of ${slots.length} workers serve` : 'None of its workers serves';
      log.error(
        'role.degraded',
        `role ${role} is degraded: ${degradation.reason}. ${left}. It is tried again, at most ` +
          `every ${restart.maxDelayMs} ms, until it succeeds.`,
        { role, ...degradation, serving },
      );
      this.#announcer.emit('roleDegraded', { role, ...degradation });
    }
    if (!degradation && since !== undefined) {
      this.#since.delete(role);
      // A role that has stopped has not recovered.
      if (slots.length > 0 && slots.every(({ isOver }) => isOver)) return;
      const durationMs = timeOfDay() - since;
      log.info('role.recovered', `role ${role} has recovered after ${durationMs} ms`, {
        role,
        durationMs,
      });
      this.#announcer.emit('roleRecovered', { role, durationMs });
    }
  }
}
