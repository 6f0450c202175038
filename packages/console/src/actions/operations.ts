// What the user asked the cluster to do, and how it ended.
import type { ActionAccepted, Actions, ConsoleEvent, RetryAnswer } from '@muster/core/console';
import { effect } from '@preact/signals';
import { model } from '../model/console.js';
import { CallError, post } from '../server/calls.js';
import { shown } from '../text/foreign-text.js';
import { notify } from './notices.js';

/** What is under way, by the name that the server gave it. */
const underWay = new Map<string, string>();

/** Resolves when the server has accepted it. `about` is what it does, such as "Reload". @throws CallError */
export async function act<Name extends 'reload' | 'restart' | 'scale' | 'stop'>(
  name: Name,
  body: Actions[Name],
  about: string,
): Promise<void> {
  const answer = await post(`api/actions/${name}`, body);
  const { operation } = (await answer.json()) as ActionAccepted;
  underWay.set(operation, about);
  // It may be over already.
  for (const event of model.events.peek()) settle(event);
}

/** @throws CallError */
export async function retryJob(queue: string, id: string): Promise<boolean> {
  const body: Actions['retry'] = { queue, id };
  return ((await (await post('api/actions/retry', body)).json()) as RetryAnswer).retried;
}

/** Downloads the profile when it is there. @throws CallError */
export async function downloadProfile(slot: number, forMs: number): Promise<void> {
  const body: Actions['profile'] = { slot, forMs };
  const answer = await post('api/actions/profile', body);
  const given = /filename="([\w.-]+)"/.exec(answer.headers.get('content-disposition') ?? '')?.[1];
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await answer.blob());
  link.download = given ?? `slot-${slot}.cpuprofile`;
  link.click();
  // The browser has taken it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Why it did not work, for people. */
export function reasonOf(error: unknown): string {
  if (error instanceof CallError) return shown(error.message, 500);
  return error instanceof Error ? shown(error.message, 500) : 'It did not work.';
}

function settle(event: ConsoleEvent): void {
  const about = event.operation === undefined ? undefined : underWay.get(event.operation);
  if (about === undefined || event.operation === undefined) return;
  if (event.type !== 'action.done' && event.type !== 'action.failed') return;
  underWay.delete(event.operation);
  if (event.type === 'action.done') notify('info', `${about}: done.`);
  else notify('error', `${about} failed: ${shown(event.reason ?? event.text, 500)}`);
}

effect(() => {
  const last = model.events.value.at(-1);
  if (last) settle(last);
});
