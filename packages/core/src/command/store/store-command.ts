// `muster store` on the command line: its commands and their options, as data.
import type { Command } from 'commander';
import { addCommands, type Row } from '../line/command-table.js';
import type * as actions from './actions.js';
import { STORE_FLAGS, WHICH } from './flags.js';

const COMMANDS: readonly Row<typeof STORE_FLAGS, typeof actions>[] = [
  {
    usage: 'backup <file>',
    description: 'write all that it holds into a file, while it is in use',
    flags: ['yes'],
    action: 'backup',
  },
  {
    usage: 'restore <file>',
    description: 'make it as a backup has it; what it holds otherwise is deleted',
    flags: ['yes'],
    action: 'restore',
  },
  {
    usage: 'stat',
    description: 'show what it holds, by namespace',
    flags: ['json'],
    action: 'stat',
  },
  {
    usage: 'keys [prefix]',
    description: 'list keys, one a line',
    flags: ['namespace'],
    action: 'keys',
  },
  {
    usage: 'get <key>',
    description: 'show a value as JSON',
    flags: ['namespace'],
    action: 'get',
  },
  {
    usage: 'delete <key...>',
    description: 'delete keys',
    flags: ['namespace', 'yes'],
    action: 'delete',
  },
];

export function addStore(program: Command): void {
  const store = program
    .command('store')
    .summary('look into the shared store, back it up and restore it')
    .description(
      'Looks into the shared store of an app, whether it runs or not. Nothing is written without asking.',
    )
    .addHelpText('after', WHICH);
  addCommands(store, {
    rows: COMMANDS,
    flags: STORE_FLAGS,
    always: ['url', 'keyPrefix', 'environment'],
    load: () => import('./actions.js'),
  });
}
