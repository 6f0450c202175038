// Asks before something is written.
import { createInterface } from 'node:readline/promises';
import { CommandFailure, exits } from './failure.js';

/** Returns if the answer is yes, or `--yes` was given. @throws CommandFailure */
export async function confirm(what: string, { yes }: { readonly yes?: boolean }): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY) {
    throw new CommandFailure(
      `Nothing was done, as nobody can answer here; give --yes. The question is: ${what} Go on?`,
      exits.usage,
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${what} Go on? [y/N] `);
    if (/^y(es)?$/i.test(answer.trim())) return;
  } catch (error) {
    // Ctrl-C and Ctrl-D, which leave the question on its line.
    if ((error as NodeJS.ErrnoException).code !== 'ABORT_ERR') throw error;
    process.stderr.write('\n');
  } finally {
    terminal.close();
  }
  throw new CommandFailure('Nothing was done.', exits.failed);
}
