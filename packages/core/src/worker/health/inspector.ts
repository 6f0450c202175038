// The state of this worker's inspector, for its primary.
import { url } from 'node:inspector';
import type { Heartbeat } from '../../channel/heartbeat.js';

export function inspectorState(): Pick<Heartbeat, 'inspectorUrl' | 'opensInspector'> {
  return { inspectorUrl: url() ?? '', opensInspector: process.listenerCount('SIGUSR1') === 0 };
}
