// Who is there, on all machines: the primary knows the workers of its own, and is told of the others by their primaries.
import { createBus } from '@muster/core';

/** Milliseconds between two looks while a reload runs: nothing tells when a worker begins to drain. */
const LOOK_MS = 100;

/**
 * One process, or a slot that waits for one.
 *
 * @typedef {object} WorkerEntry
 * @property {string} machine
 * @property {number} slot
 * @property {number} generation
 * @property {number | null} pid
 * @property {'starting' | 'ready' | 'draining' | 'waiting' | 'stopped'} state
 * @property {number | null} backMs from the unplanned exit of its predecessor until it was ready
 * @property {boolean} reloading whether a reload of its machine runs
 */

/**
 * Tells the workers of this machine whenever something changes, and each one that comes later. Settles when all of them were told.
 *
 * @param {import('@muster/core').Cluster} cluster
 * @param {(slot: number) => number | undefined} backMs how long the slot was empty before its present worker
 */
export async function keepDirectory(cluster, backMs) {
  const bus = createBus();
  /** By machine, without this one. @type {Map<string, WorkerEntry[]>} */
  const others = new Map();

  /** @returns {WorkerEntry[]} */
  const own = () => {
    const { machine } = bus.self;
    const { workers, operation } = cluster.status();
    return workers.map(({ slot, generation, pid = null, state }) => ({
      ...{ machine, slot, generation, pid, state },
      backMs: (state === 'ready' && backMs(slot)) || null,
      reloading: operation === 'reload',
    }));
  };
  const publish = () => {
    const lists = [/** @type {const} */ ([bus.self.machine, own()]), ...others].sort();
    const workers = lists.flatMap(([, list]) => list);
    bus.broadcast('workers', workers, { retain: true, scope: 'machine' });
  };
  const changed = () => {
    publish();
    bus.broadcast('workers.of', own(), { to: 'primary' });
  };
  const learn = (/** @type {string} */ machine, /** @type {WorkerEntry[]} */ list) => {
    others.set(machine, list);
    publish();
  };

  cluster.on('workerStart', changed);
  cluster.on('workerReady', changed);
  cluster.on('workerExit', changed);
  const states = () => own().map(({ pid, state }) => `${pid} ${state}`);
  cluster.on('reloadStart', () => {
    changed();
    let last = states().join();
    const looking = setInterval(() => {
      const now = states().join();
      if (now !== last) changed();
      last = now;
    }, LOOK_MS);
    const end = cluster.on('reloadEnd', () => {
      clearInterval(looking);
      end();
      // The operation itself ends a moment after its event.
      setImmediate(changed);
    });
  });

  bus.on('workers.of', (list, { from }) => learn(from.machine, list));
  bus.handle('workers', own);
  const ask = (/** @type {import('@muster/bus').Member} */ { machine, role }) => {
    if (role !== 'primary' || machine === bus.self.machine) return;
    // A machine that is gone again by then has no list.
    bus.request({ machine, role }, 'workers', null).then(
      (list) => learn(machine, list),
      () => {},
    );
  };
  bus.onJoined(ask);
  for (const member of bus.members()) ask(member);
  bus.onLeft(({ machine, role }) => {
    if (role === 'primary' && others.delete(machine)) publish();
  });
  changed();
  await bus.flush();
}
