// Commands of a command, as data: what each is called, and which options it takes.
import { type Command, Option } from 'commander';

export interface Flag {
  /** As commander takes it. */
  readonly names: string;
  readonly help: string;
  readonly parse?: (text: string) => unknown;
}

export interface Row<Flags, Actions> {
  /** As commander takes it: `get <key>`. */
  readonly usage: string;
  readonly description: string;
  readonly flags: readonly (keyof Flags)[];
  readonly action: keyof Actions;
}

interface Table<Flags, Actions> {
  readonly rows: readonly Row<Flags, Actions>[];
  readonly flags: Flags;
  /** Options that each of the commands takes. */
  readonly always: readonly (keyof Flags)[];
  /** Loads the actions when one of them runs, so that the other commands start faster. */
  load(): Promise<Actions>;
}

export function addCommands<Flags extends Record<keyof Flags, Flag>, Actions>(
  parent: Command,
  { rows, flags, always, load }: Table<Flags, Actions>,
): void {
  for (const { usage, description, flags: own, action } of rows) {
    const command = parent.command(usage).description(description);
    for (const name of [...always, ...own]) command.addOption(optionOf(flags[name]));
    command.action(async (...given: unknown[]) => {
      const run = (await load())[action] as (...given: unknown[]) => Promise<void>;
      // After the arguments come the options and the command itself.
      await run(...given.slice(0, -1));
    });
  }
}

function optionOf({ names, help, parse }: Flag): Option {
  const option = new Option(names, help);
  return parse ? option.argParser(parse) : option;
}
