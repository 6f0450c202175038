// An extension whose code is loaded when the cluster starts: a cluster that does not use it does not load it.
import type { Extension, Supervision } from './extension.js';

/** `when`: before the first fork; or while the first workers start, for an extension that need not see the forks. */
export function lazyExtension(
  name: string,
  when: 'start' | 'duringStart',
  load: () => Promise<Extension>,
): Extension {
  let loaded: Extension | undefined;
  const begin = async (supervision: Supervision) => {
    loaded = await load();
    await loaded.start?.(supervision);
  };
  return {
    name,
    async start(supervision) {
      if (when === 'start') await begin(supervision);
    },
    async duringStart(supervision) {
      if (when === 'duringStart') await begin(supervision);
      await loaded?.duringStart?.(supervision);
    },
    started: () => loaded?.started?.(),
    preload: async () => loaded?.preload?.(),
    forkSettings: (worker) => loaded?.forkSettings?.(worker) ?? {},
    workerForked: (worker) => loaded?.workerForked?.(worker),
    workerReady: (worker) => loaded?.workerReady?.(worker),
    workerExited: (exit) => loaded?.workerExited?.(exit),
    vitals: (worker) => loaded?.vitals?.(worker) ?? {},
    status: () => loaded?.status?.() ?? {},
    stopping: (reason) => loaded?.stopping?.(reason),
    stopped: () => loaded?.stopped?.(),
  };
}
