// `muster store` on the command line: its commands and their options, as data.
import { type Command, Option } from 'commander';
import type * as actions from './actions.js';
import { STORE_FLAGS, type StoreFlag } from './flags.js';

interface StoreCommand {
  /** As commander takes it: `get <key>`. */
  readonly usage: string;
  readonly description: string;
  readonly flags: readonly (keyof typeof STORE_FLAGS)[];
  readonly action: keyof typeof actions;
}

const COMMANDS: readonly StoreCommand[] = [
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
  for (const { usage, description, flags, action } of COMMANDS) {
    const command = store.command(usage).description(description);
    for (const name of ['url', 'keyPrefix', ...flags] as const) {
      command.addOption(commanderOption(STORE_FLAGS[name]));
    }
    command.action(async (...given: unknown[]) => {
      // Loaded here, so that the other commands start faster.
      const all = await import('./actions.js');
      const run = all[action] as unknown as (...given: unknown[]) => Promise<void>;
      // After the arguments come the options and the command itself.
      await run(...given.slice(0, -1));
    });
  }
}

const WHICH = `
Without --url it is the store that an app in this folder would use: that of MUSTER_STORE_URL or REDIS_URL, or .muster/store.`;

function commanderOption({ names, help, parse }: StoreFlag): Option {
  const option = new Option(names, help);
  return parse ? option.argParser(parse) : option;
}
