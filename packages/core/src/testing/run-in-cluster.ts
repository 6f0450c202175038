// Runs an extension in clusters of a process of their own (extension-program.ts).
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { requireFrom } from '@muster/codec/own-files';
import type { ExtensionUnderTest } from './extension-under-test.js';

const PROGRAM = requireFrom(import.meta.url).resolve('#muster-extension-program');
const ENDS_WITHIN_MS = 30_000;

/** What the program tells when its clusters have stopped: which failures of the extension were logged. */
export type ProgramReport = readonly string[];

export interface Run {
  readonly failures: readonly string[];
  /** What the process printed. */
  readonly output: string;
  /** Whether it ended by itself. */
  readonly ended: boolean;
}

export async function runInCluster(
  { module, endsWithinMs = ENDS_WITHIN_MS }: ExtensionUnderTest,
  clusters: number,
): Promise<Run> {
  const child = fork(PROGRAM, [module.href, String(clusters)], { silent: true, execArgv: [] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const exited = once(child, 'exit');
  let report: ProgramReport | undefined;
  child.once('message', (message) => {
    report = message as ProgramReport;
  });
  const reported = new Promise((resolve) => child.once('disconnect', resolve));
  await Promise.race([reported, exited]);
  const over = new AbortController();
  const late = delay(endsWithinMs, false, { signal: over.signal }).catch(() => false);
  const ended = await Promise.race([exited.then(() => true), late]);
  over.abort();
  if (!ended) child.kill('SIGKILL');
  await exited;
  return {
    failures: report ?? ['the primary ended before its cluster had stopped'],
    output,
    ended,
  };
}
