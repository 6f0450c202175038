// Runs a fixture, which is a whole cluster or a lone process, and gives what it reported.

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const BYTE_CHANNEL = new URL('byte-channel.js', import.meta.url).href;

/** What one run of a fixture gave. */
export interface Run<Report> {
  /** What it reported last. */
  readonly report: Report;
  readonly reports: readonly Report[];
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunOptions {
  /** What the workers of the fixture have for the bus: a byte channel, as those of Muster, or Node's own. Default: `'bytes'`. */
  channel?: 'bytes' | 'ipc';
  args?: readonly string[];
  env?: Record<string, string>;
  timeoutMs?: number;
}

/** @throws Error when it does not end by itself in time, with all that it wrote. */
export function runFixture<Report = unknown>(
  name: string,
  options: RunOptions = {},
): Promise<Run<Report>> {
  const { args = [], env = {}, timeoutMs = 90_000, channel = 'bytes' } = options;
  return new Promise((resolve, reject) => {
    const path = fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
    const child = fork(path, [...args], {
      // Not what vitest gives its own processes. Nobody here ends a worker whose process.exit() waits for itself, as it may
      // from Node 22 on while Maglev compiles (https://github.com/nodejs/node/issues/54918).
      execArgv: ['--no-maglev', ...(channel === 'bytes' ? ['--import', BYTE_CHANNEL] : [])],
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const reports: Report[] = [];
    let output = '';
    let stderr = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk;
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk;
    });
    child.on('message', (report) => reports.push(report as Report));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${name} did not end in ${timeoutMs} ms\n${output}\n${stderr}`));
    }, timeoutMs);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const report = reports.at(-1);
      if (report === undefined)
        reject(new Error(`${name} reported nothing (${code ?? signal})\n${output}\n${stderr}`));
      else resolve({ report, reports, stderr, code, signal });
    });
  });
}
