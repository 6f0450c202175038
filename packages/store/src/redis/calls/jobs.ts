// Sends the jobs of a batch together, and settles each with its own part of the reply.
import type { Procedure } from '../../engine.js';
import { optional, text } from '../../procedures/reply.js';
import { argsOfMany, scriptsOf } from '../scripts/scripts.js';
import type { Job } from './batches.js';
import { type CallName, fromReply, unreadable } from './failure.js';
import type { PendingCalls } from './pending-calls.js';
import { commandRequest, mget, scriptRequest } from './requests.js';

export type AnyProcedure = Procedure<unknown, unknown>;

export function sendGets(calls: PendingCalls, slot: number, jobs: readonly Job[]): void {
  const names = jobs.map(({ name }) => name);
  calls.start(mget(slot, names), (error, reply) => {
    const texts = Array.isArray(reply) && reply.length === jobs.length ? reply : [];
    for (const [position, job] of jobs.entries()) {
      if (error) job.reject(error);
      else settle(['get', job.name], job, () => optional(texts[position], text));
    }
  });
}

/** Sends single commands if the procedure has one, else one script for all jobs. */
export function sendRuns(
  calls: PendingCalls,
  procedure: AnyProcedure,
  slot: number,
  jobs: readonly Job[],
): void {
  if (procedure.command) {
    for (const job of jobs) {
      const command = procedure.command(job.name, job.input);
      calls.start(commandRequest(procedure, slot, job.name, command), (error, reply) =>
        settleRun(procedure, job, error ?? reply),
      );
    }
    return;
  }
  const names = jobs.map(({ name }) => name);
  const each = jobs.map(({ input }) => procedure.args(input));
  const { one, many } = scriptsOf(procedure);
  const isOne = jobs.length === 1;
  const args = isOne ? each.flat() : argsOfMany(each);
  const request = scriptRequest(procedure, isOne ? one : many, slot, names, args);
  // A job cannot be taken out of the script of several, nor tracked alone.
  const write = isOne ? jobs[0]?.write : undefined;
  calls.start({ ...request, write }, (error, reply) => {
    const replies = isOne ? [reply] : Array.isArray(reply) ? reply : [];
    for (const [position, job] of jobs.entries()) {
      settleRun(procedure, job, error ?? replies[position]);
    }
  });
}

function settleRun(procedure: AnyProcedure, job: Job, reply: unknown): void {
  const name: CallName = [procedure.name, job.name];
  if (reply instanceof Error) job.reject(fromReply(reply, name));
  else settle(name, job, () => procedure.reply(reply, job.input));
}

/** A reply that cannot be read fails its own call only, and no other of the batch. */
function settle(name: CallName, job: Job, read: () => unknown): void {
  try {
    job.resolve(read() as never);
  } catch (cause) {
    job.reject(unreadable(name, cause));
  }
}
