// `muster doctor`: gathers facts, judges them, and prints a line for each.
import { setTimeout } from 'node:timers';
import { within } from '../../process/deadline.js';
import { printable } from '../../text/printable.js';
import { print } from '../cluster/cluster-call.js';
import { exits } from '../line/failure.js';
import { workingFolder } from '../line/working-folder.js';
import { createStyle, hasColours } from '../view/style.js';
import type { Finding, Subject } from './finding.js';
import { appTargets, type DoctorOptions } from './gather-config.js';
import { controlFacts } from './gather-control.js';
import { limitFacts, machineFacts, nodeFacts } from './gather-machine.js';
import { redisFacts } from './gather-redis.js';
import { storeFacts } from './gather-store.js';
import { judgeConfig, judgeControl, judgeStore } from './judge-folder.js';
import {
  judgeLimits,
  judgeMemory,
  judgeNode,
  judgeProcessors,
  judgeVariables,
} from './judge-machine.js';
import { judgeRedis } from './judge-redis.js';

/** Milliseconds for any part of the facts. Most have shorter deadlines of their own. */
const DEADLINE_MS = 15_000;
/** Milliseconds for what a config or a file system that hangs has left open. */
const LEFT_OPEN_MS = 500;

export async function doctor(options: DoctorOptions): Promise<void> {
  const found = await examine(options);
  if (options.json) print(JSON.stringify({ findings: found }, null, 2));
  else print(...report(found, createStyle(hasColours(process.stdout))));
  if (found.some(({ level }) => level === 'error')) process.exitCode = exits.failed;
  setTimeout(() => process.exit(), LEFT_OPEN_MS).unref();
}

async function examine(options: DoctorOptions): Promise<Finding[]> {
  const { config, redis, stores } = await appTargets(options);
  const { apps } = config;
  const machine = machineFacts();
  return [
    judgeNode(nodeFacts(workingFolder())),
    judgeVariables(process.env),
    judgeLimits(await limitFacts(), apps),
    judgeProcessors(machine, apps),
    judgeMemory(machine, apps),
    judgeConfig(config),
    ...(await Promise.all([
      looked('control', async () => judgeControl(await controlFacts())),
      ...[...redis].map(([label, url]) =>
        looked('redis', async () => judgeRedis(await redisFacts(url, label))),
      ),
      ...stores.map((path) => looked('store', async () => judgeStore(await storeFacts(path)))),
    ])),
  ].flat();
}

/** What cannot be looked at is a finding, too. */
async function looked(about: Subject, look: () => Promise<Finding[]>): Promise<Finding[]> {
  const late = () => new Error(`nothing came within ${DEADLINE_MS} ms`);
  return await within(DEADLINE_MS, look(), late).catch(({ message }: Error) => [
    { level: 'error', about, says: `it cannot be looked at: ${message}`, advice: 'see why' },
  ]);
}

/** A line for each finding, the subject first. */
function report(found: readonly Finding[], style: ReturnType<typeof createStyle>): string[] {
  const paint = { ok: style.green, warning: style.yellow, error: style.red };
  const lines = found.map(({ level, about, says, advice }) => {
    const todo = advice === undefined ? '' : ` — ${advice}`;
    return `${paint[level](level.padEnd(7))}  ${about.padEnd(10)}  ${printable(says)}${printable(todo)}`;
  });
  const counted = (level: 'error' | 'warning') => {
    const { length } = found.filter((one) => one.level === level);
    return length === 0 ? [] : [`${length} ${level}${length === 1 ? '' : 's'}`];
  };
  const sum = [...counted('error'), ...counted('warning')].join(', ') || 'nothing is wrong';
  return [...lines, '', sum];
}
