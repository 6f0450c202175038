// Facts of a Redis, as it tells them.
import { performance } from 'node:perf_hooks';
import { sleep, timeOfDay } from '@muster/codec/timers';
import { connectToKey, type KeyServer, redacted } from '@muster/store/connections';
import { within } from '../../process/deadline.js';
import type { RedisFacts } from './facts.js';

/** Milliseconds for it to be connected, and for each answer. */
const DEADLINE_MS = 3_000;
/** Between two looks whether it is connected. */
const LOOK_MS = 20;

/** @param label the URL without its secrets */
export async function redisFacts(url: string, label: string): Promise<RedisFacts> {
  let server: KeyServer | undefined;
  try {
    server = connectToKey(url, 'muster');
    const client = await connected(server);
    const late = () => new Error(`no answer within ${DEADLINE_MS} ms`);
    const ask = <Answer>(answer: Promise<Answer>) => within(DEADLINE_MS, answer, late);
    // The first answer may wait for the connection.
    const text = await ask(client.info()).catch(unlessForbidden);
    const before = performance.now();
    const [seconds, micros] = await ask(client.time());
    const answerMs = performance.now() - before;
    const theirs = Number(seconds) * 1_000 + Number(micros) / 1_000;
    const setting = async (name: string) => {
      const answer = await ask(client.config('GET', name)).catch(() => []);
      return (answer as string[])[1];
    };
    const [save, timeout] = [await setting('save'), await setting('timeout')];
    return {
      label,
      info: fieldsOf(text),
      ...(save !== undefined && { save }),
      ...(timeout !== undefined && { idleSeconds: Number(timeout) }),
      aheadMs: theirs - (timeOfDay() - answerMs / 2),
      answerMs,
    };
  } catch (error) {
    return { label, fault: messageOf(error) };
  } finally {
    server?.close();
  }
}

/** A user with an ACL may use the store, and ask nothing. */
function unlessForbidden(error: Error): string {
  if (error.message.startsWith('NOPERM')) return '';
  throw error;
}

async function connected(server: KeyServer) {
  for (const end = performance.now() + DEADLINE_MS; performance.now() < end; ) {
    if (server.client) return server.client;
    await sleep(LOOK_MS);
  }
  throw server.lastError ?? new Error(`no connection within ${DEADLINE_MS} ms`);
}

function messageOf(error: unknown): string {
  const known = redacted(error instanceof Error ? error : new Error(String(error)));
  return (known?.message ?? '').replace(/\.$/, '') || (known as NodeJS.ErrnoException).code || '?';
}

/** The lines `name:value` of INFO. */
export function fieldsOf(info: string): Record<string, string> {
  return Object.fromEntries(
    Array.from(info.matchAll(/^(\w+):(.*?)\r?$/gm), ([, name = '', value = '']) => [name, value]),
  );
}
