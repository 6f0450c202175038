// `muster queue` on the command line: its commands and their options, as data.
import type { Command } from 'commander';
import { addCommands, type Row } from '../line/command-table.js';
import { WHICH } from '../store/flags.js';
import type * as actions from './actions.js';
import { QUEUE_FLAGS } from './flags.js';

const COMMANDS: readonly Row<typeof QUEUE_FLAGS, typeof actions>[] = [
  {
    usage: 'ls',
    description: 'list the queues and the schedules, and how many jobs they have',
    flags: ['json'],
    action: 'ls',
  },
  {
    usage: 'show <name> [id]',
    description:
      'show a queue or a schedule and what comes next, or all that is known of one job or run',
    flags: ['limit', 'schedule', 'json'],
    action: 'show',
  },
  {
    usage: 'failed <name>',
    description:
      'list the jobs of a queue, or the runs of a schedule, that have failed for good, each with its error',
    flags: ['limit', 'schedule', 'json'],
    action: 'failed',
  },
  {
    usage: 'retry <name> [id...]',
    description: 'run jobs or runs again that have failed, or now if they are delayed',
    flags: ['all', 'schedule'],
    action: 'retry',
  },
  {
    usage: 'run <schedule>',
    description: 'start a run of a schedule now, in a process that has it',
    flags: ['wait', 'json'],
    action: 'run',
  },
  {
    usage: 'pause <queue>',
    description: 'start no jobs until `resume`; those under way go on',
    flags: [],
    action: 'pause',
  },
  {
    usage: 'resume <queue>',
    description: 'start jobs again',
    flags: [],
    action: 'resume',
  },
];

export function addQueue(program: Command): void {
  const queue = program
    .command('queue')
    .summary('look at the queues and schedules of an app, and retry, run, pause and resume')
    .description(
      'Looks at the queues and schedules of an app, whether it runs or not, in its shared store.',
    )
    .addHelpText('after', WHICH);
  addCommands(queue, {
    rows: COMMANDS,
    flags: QUEUE_FLAGS,
    always: ['url', 'keyPrefix', 'environment'],
    load: () => import('./actions.js'),
  });
}
