import { expect, test } from 'vitest';
import { aliveAmong, zombiesOf } from '../../support/processes.js';
import { round } from '../rounds.js';
import { Deployment, NO_FAILURES } from './deployment.js';

const { reloads, workers, clients } = round({
  short: { reloads: 4, workers: 2, clients: 8 },
  full: { reloads: 100, workers: 4, clients: 16 },
});

test(
  'reloads under load drop no request, and leave no process behind',
  async () => {
    await using deployment = await Deployment.start({ workers, reload: { watchMs: 50 } });
    const load = await deployment.load(clients);
    // What one at a time does, and what several do, in turn.
    for (let done = 0; done < reloads; done += 1) {
      await deployment.call('reload', { parallel: done % 2 === 0 ? 1 : workers });
    }
    const { answered, ...failures } = await load.stop();
    console.log(JSON.stringify({ reloads, workers, answered, ...failures }));
    expect(failures).toEqual(NO_FAILURES);
    expect(answered).toBeGreaterThan(clients);

    const status = await deployment.status();
    expect(status.workers.map(({ generation }) => generation)).toEqual(
      Array.from({ length: workers }, () => reloads + 1),
    );
    expect(deployment.pids.size).toBe(workers * (reloads + 1));
    expect(deployment.exits.filter(({ planned, code }) => !planned || code !== 0)).toEqual([]);
    expect(aliveAmong(deployment.pids)).toHaveLength(workers);
    expect(zombiesOf(deployment.child.pid as number)).toEqual([]);

    deployment.child.kill('SIGTERM');
    expect(await deployment.exited).toEqual([0, null]);
    expect(aliveAmong(deployment.pids)).toEqual([]);
  },
  60_000 + reloads * 15_000,
);
