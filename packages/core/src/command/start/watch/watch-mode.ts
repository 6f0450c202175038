// `muster start --watch`: a reload for each change of the code.
import type { Cluster } from '../../../cluster.js';
import type { ClusterOptions } from '../../../cluster-options.js';
import { startCluster } from '../../../start-cluster.js';
import { type Watched, watchCode } from './code-watcher.js';
import { loadedFiles, REPORT_LOADED } from './loaded-files.js';

/** Each change reloads. If the code does not start, the next change tries again. */
export async function startWatchMode(
  options: ClusterOptions,
  watched: Omit<Watched, 'loaded'>,
  started: (cluster: Cluster) => void,
): Promise<void> {
  const say = (text: string) => console.error(`muster: ${text}`);
  const watching = { ...options, ...forDevelopment(options) };
  let cluster: Cluster | undefined;
  let running: Promise<void> | undefined;
  let again = false;

  const apply = async () => {
    try {
      // An edit may change a port.
      if (cluster) await cluster.reload({ allowMissing: true });
      else {
        cluster = (await startCluster(watching)) as Cluster;
        started(cluster);
      }
    } catch (error) {
      // The cluster has logged why a reload was aborted.
      const why = cluster ? '' : `${error instanceof Error ? error.message : String(error)} `;
      say(`${why}Waiting for a change.`);
    }
  };
  const changed = async () => {
    again = true;
    running ??= (async () => {
      while (again) {
        again = false;
        await apply();
      }
      running = undefined;
    })();
    await running;
  };
  await watchCode({ ...watched, loaded: loadedFiles() }, (files) => {
    say(`${files.slice(0, 3).join(', ')}${files.length > 3 ? ', …' : ''} changed`);
    void changed();
  });
  await changed();
}

function forDevelopment({ env, reload }: ClusterOptions): Pick<ClusterOptions, 'env' | 'reload'> {
  return {
    // A developer wants to see each change at once.
    reload: { watchMs: 0, parallel: 1_000, ...reload },
    env: () => ({ ...REPORT_LOADED, ...(typeof env === 'function' ? env() : env) }),
  };
}
