// The guardian, which ends what a dead primary leaves, is there as long as the cluster, and no longer.
import { readFileSync } from 'node:fs';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createDeployment } from '../../../../test/support/deployment.js';
import { childrenOf } from '../../../../test/support/processes.js';
import { isAlive } from '../../../../test/support/program.js';

const WAIT = { timeout: 20_000, interval: 50 };

async function started(...args: string[]) {
  const deployment = await createDeployment();
  onTestFinished(() => deployment[Symbol.asyncDispose]());
  const program = deployment.start(['server.cjs', '-w', '1', ...args]);
  await program.printed(/is ready: /);
  return { deployment, program, primary: program.pid ?? 0 };
}

async function guardianOf(primary: number, not?: number): Promise<number> {
  return vi.waitFor(() => {
    const found = childrenOf(primary).find(
      (pid) => pid !== not && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('guardian'),
    );
    expect(found).toBeDefined();
    return found as number;
  }, WAIT);
}

it.runIf(process.platform === 'linux')(
  'a guardian that is killed is replaced, which is logged once, and knows the workers',
  async () => {
    const { program, primary } = await started('--drain-timeout', '100ms');
    const [, worker] = (await program.printed(/worker 0 \(pid (\d+)/)).map(Number) as [0, number];
    const first = await guardianOf(primary);
    process.kill(first, 'SIGKILL');
    const second = await guardianOf(primary, first);
    process.kill(second, 'SIGKILL');
    const third = await guardianOf(primary, second);
    await program.printed(/the guardian.* is gone \(SIGKILL\)/);
    expect(program.output().match(/the guardian.* is gone \(SIGKILL\)/g)).toHaveLength(1);
    // A worker that cannot end by itself, of a primary that cannot end it.
    process.kill(worker, 'SIGSTOP');
    process.kill(primary, 'SIGKILL');
    await vi.waitFor(() => expect([worker, third].filter(isAlive)).toEqual([]), WAIT);
  },
);

it.runIf(process.platform === 'linux')(
  'a guardian that is stopped does not outlive a cluster that ends as it should',
  async () => {
    const { program, primary } = await started();
    const guardian = await guardianOf(primary);
    process.kill(guardian, 'SIGSTOP');
    program.kill('SIGTERM');
    expect(await program.exited).toMatchObject({ code: 0 });
    await vi.waitFor(() => expect(isAlive(guardian)).toBe(false), WAIT);
  },
);
