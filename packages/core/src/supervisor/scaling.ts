// How many workers the roles have: what `scale()`, signals and the load may change about it.

import { timeOfDay } from '@muster/codec/timers';
import * as check from '../checks/option-checks.js';
import { ClusterMisuseError, InvalidOptionError } from '../errors.js';
import type { LoadChange, RoleScaling } from '../extensions/extension.js';
import type { AutoscaleStatus } from '../worker-status.js';
import type { OperationQueue } from './operation-queue.js';
import type { Operations, Resize, ScaleOptions } from './operations.js';
import { findRole, onlyRole } from './options/role-names.js';
import type { ResolvedRole } from './options/role-options.js';
import type { Slot } from './slot/slot.js';
import type { SlotTable } from './slot/slot-table.js';

export interface ScalingOptions {
  readonly roles: readonly ResolvedRole[];
  readonly table: SlotTable;
  readonly queue: OperationQueue;
  readonly operations: Operations;
}

export class Scaling implements RoleScaling {
  readonly #options: ScalingOptions;
  /** The last change by its load, by role. */
  readonly #last = new Map<string, AutoscaleStatus['last']>();

  constructor(options: ScalingOptions) {
    this.#options = options;
  }

  /** @throws InvalidOptionError, before anything is queued */
  async scale(workers: number | Record<string, number>, signal?: AbortSignal): Promise<void> {
    const { roles } = this.#options;
    const counts = typeof workers === 'number' ? { [onlyRole(roles)]: workers } : workers;
    check.isObject('scale()', counts, 'a number, or an object of roles and numbers');
    const sizes = new Map<ResolvedRole, Resize>();
    for (const [name, count] of Object.entries(counts)) {
      check.workerCount(`scale(): ${name}`, count, 0);
      const role = findRole(roles, name);
      assertInRange(role, count);
      sizes.set(role, () => count);
    }
    return this.#run(sizes, {}, signal);
  }

  /** Resizes the first role, for SIGTTIN and SIGTTOU; never below one worker, nor out of its range. */
  resize(by: 1 | -1): Promise<void> {
    const [first] = this.#options.roles;
    if (!first) return Promise.resolve();
    const { min = 1, max = check.MAX_WORKERS } = first.range ?? {};
    const resize: Resize = (has) => Math.min(max, Math.max(min, has + by));
    return this.#run(new Map([[first, resize]]));
  }

  look(name: string): ReturnType<RoleScaling['look']> {
    const { roles, table, queue } = this.#options;
    const slots = table.of(findRole(roles, name));
    return { workers: slots.length, isAtRest: queue.isIdle && slots.every(isAtRest) };
  }

  async follow(name: string, { from, to, reason }: LoadChange): Promise<void> {
    const role = findRole(this.#options.roles, name);
    let isDone = false;
    const resize: Resize = (has) => {
      isDone = has === from;
      return isDone ? to : has;
    };
    await this.#run(new Map([[role, resize]]), { reason });
    if (isDone) this.#last.set(name, { at: timeOfDay(), from, to, reason });
  }

  status({ role, range }: ResolvedRole): AutoscaleStatus | undefined {
    if (!range) return undefined;
    const last = this.#last.get(role);
    return { min: range.min, max: range.max, ...(last && { last }) };
  }

  #run(
    sizes: ReadonlyMap<ResolvedRole, Resize>,
    options: ScaleOptions = {},
    signal?: AbortSignal,
  ): Promise<void> {
    const { roles, table, queue, operations } = this.#options;
    const run = async (ends: AbortSignal) => {
      // Like scale(): the first slots stay, and a slot among them that has stopped has no worker.
      const left = roles.map((role) => {
        const slots = table.of(role);
        const to = sizes.get(role)?.(slots.length) ?? slots.length;
        const added = Math.max(0, to - slots.length);
        return added + slots.slice(0, to).filter(({ isOver }) => !isOver).length;
      });
      if (left.some((count) => count > 0)) return operations.scale(sizes, ends, options);
      throw new ClusterMisuseError('scale(): no worker would be left. stop() ends the cluster.');
    };
    return queue.run({ kind: 'scale', run }, signal);
  }
}

/** Whether one worker serves in the slot, and nothing else goes on there. Others may still drain. */
function isAtRest({ serves, failing, processes }: Slot): boolean {
  const staying = processes.filter(({ info }) => ['starting', 'ready'].includes(info.state));
  return serves && failing === undefined && staying.length === 1;
}

function assertInRange({ role, range }: ResolvedRole, count: number): void {
  if (!range || count === 0 || (count >= range.min && count <= range.max)) return;
  throw new InvalidOptionError(
    `scale(): ${count} is outside of the range of role ${check.shown(role)}, whose workers follow the load: ` +
      `${range.min} to ${range.max}, or 0 for none.`,
  );
}
