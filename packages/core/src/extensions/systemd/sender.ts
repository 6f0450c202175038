/**
 * Sends messages to the service manager by systemd-notify(1), because Node has no Unix datagrams. The program waits until the
 * manager has read the message: of a process that is gone by then, the manager could not tell to which unit it belongs.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { clearTimeout, setTimeout } from 'node:timers';
import type { Notice } from './notify-queue.js';

/** Milliseconds that the program may take; it waits for at most 5 seconds itself. */
const TIMEOUT_MS = 10_000;
/** Characters of its stderr that are kept. */
const MAX_STDERR = 300;

/** Never rejects. @returns why it was not sent, and whether there is no such program at all */
export function sendNotice(
  notice: Notice,
  env: NodeJS.ProcessEnv,
): Promise<{ failure?: string; isMissing?: boolean }> {
  return new Promise((resolve) => {
    const args = Object.entries(notice).map(([name, value]) => `${name}=${value}`);
    const stdio = ['ignore', 'ignore', 'pipe'] as const;
    const child: ChildProcess = spawn('systemd-notify', args, { env, stdio: [...stdio] });
    let stderr = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
    // Without a free file descriptor there is none.
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(0, MAX_STDERR);
    });
    child.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      resolve({ failure: error.message, isMissing: error.code === 'ENOENT' });
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      resolve(code === 0 ? {} : { failure: stderr.trim() || `it ended with ${code ?? signal}` });
    });
  });
}
