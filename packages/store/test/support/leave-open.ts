// A process that uses stores in every way that is over when its call has settled, and leaves them open.
import { runProgram } from '../../../../test/support/program.js';

/** Its exit, and what it printed: a 1 for each store. A process that stays is the test's own timeout. */
export async function leaveOpen(urls: readonly string[], env: Record<string, string> = {}) {
  const file = new URL('../fixtures/left-open.js', import.meta.url);
  await using program = runProgram(file, { args: [...urls], env });
  return { ...(await program.exited), output: program.output() };
}

/** What a process comes to that nothing keeps alive. */
export const ENDED_BY_ITSELF = { code: 0, signal: null, output: '1\n' };
