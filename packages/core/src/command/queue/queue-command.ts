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
    usage: 'show <queue> [id]',
    description: 'show a queue and the jobs that come next, or all that is known of one job',
    flags: ['limit', 'json'],
    action: 'show',
  },
  {
    usage: 'failed <queue>',
    description: 'list the jobs that have failed for good, each with its error',
    flags: ['limit', 'json'],
    action: 'failed',
  },
  {
    usage: 'retry <queue> [id...]',
    description: 'run jobs again that have failed, or now if they are delayed',
    flags: ['all'],
    action: 'retry',
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
    .summary('look at the job queues of an app, and retry, pause and resume')
    .description('Looks at the job queues of an app, whether it runs or not, in its shared store.')
    .addHelpText('after', WHICH);
  addCommands(queue, {
    rows: COMMANDS,
    flags: QUEUE_FLAGS,
    always: ['url', 'keyPrefix', 'environment'],
    load: () => import('./actions.js'),
  });
}
