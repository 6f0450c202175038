// Who is there, on all machines: the primary knows the workers of its own, and is told of the others by their primaries.
import { createBus } from '@muster/core';

/**
 * Tells the workers of this machine whenever it changes, and each one that comes later. Settles when all of them were told.
 *
 * @param {import('@muster/core').Cluster} cluster
 */
export async function keepDirectory(cluster) {
  const bus = createBus();
  const own = () => cluster.workers().filter(({ state }) => state === 'ready');
  /** By machine, without this one. @type {Map<string, ReturnType<typeof own>>} */
  const others = new Map();

  const publish = () => {
    const lists = [[bus.self.machine, own()], ...others].sort();
    const workers = lists.flatMap(([machine, list]) =>
      /** @type {ReturnType<typeof own>} */ (list).map((worker) => ({ machine, ...worker })),
    );
    bus.broadcast('workers', workers, { retain: true, scope: 'machine' });
  };
  const changed = () => {
    publish();
    bus.broadcast('workers.of', own(), { to: 'primary' });
  };
  const learn = (/** @type {string} */ machine, /** @type {unknown} */ list) => {
    others.set(machine, /** @type {ReturnType<typeof own>} */ (list));
    publish();
  };

  cluster.on('workerReady', changed);
  cluster.on('workerExit', changed);
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
