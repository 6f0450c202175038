// An extension whose code is loaded when the cluster starts: whoever does not ask for it, does not load it.
import type { Extension } from '../extension.js';

export function lazyExtension(name: string, load: () => Promise<Extension>): Extension {
  let loaded: Extension | undefined;
  return {
    name,
    async start(supervision) {
      loaded = await load();
      await loaded.start?.(supervision);
    },
    forkSettings: (worker) => loaded?.forkSettings?.(worker) ?? {},
    workerForked: (worker) => loaded?.workerForked?.(worker),
    workerReady: (worker) => loaded?.workerReady?.(worker),
    workerExited: (exit) => loaded?.workerExited?.(exit),
    vitals: (worker) => loaded?.vitals?.(worker) ?? {},
    stopping: (reason) => loaded?.stopping?.(reason),
    stopped: () => loaded?.stopped?.(),
  };
}
