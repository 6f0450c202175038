// `muster start` on the command line: passes the table of its options to commander, and turns the given ones into options
// of `startCluster()`.
import { type Command, Option } from 'commander';
import type { ClusterOptions } from '../../cluster-options.js';
import { CommandFailure, exits } from '../line/failure.js';
import { FLAGS, type Flag } from './flags.js';
import type { StartOptions } from './settings.js';

export function addStart(program: Command): void {
  const command = program
    .command('start')
    .summary('run a server file, or an app of the config, in a cluster')
    .description(
      'Runs a server file in a cluster, in the foreground: as `node file` would, once per worker.',
    )
    .argument('[file]', 'the server, as it is, or the name of an app in muster.config.*')
    .argument('[args...]', 'its arguments; put -- before them')
    .showHelpAfterError(
      'Options of the server itself go after --: muster start app.js -- --port 3000',
    )
    .addHelpText('after', VALUES)
    .action(async (first: string | undefined, more: string[], given: StartOptions) => {
      const { file, args } = operandsOf(
        first === undefined ? more : [first, ...more],
        process.argv,
      );
      // Loaded here, so that the other commands start faster.
      const { start } = await import('./start.js');
      await start({ file, args, given, options: optionsOf(given) });
    });
  addStartFlags(command);
}

export function addStartFlags(command: Command): void {
  for (const flag of FLAGS) command.addOption(commanderOption(flag));
}

/**
 * The file before `--`, and the arguments of the server after it, if there are any. Another argument before `--` was meant
 * for an option, or for the server.
 */
export function operandsOf(
  operands: readonly string[],
  argv: readonly string[],
): { file: string | undefined; args: readonly string[] | undefined } {
  const dashes = argv.indexOf('--');
  const ofServer = dashes < 0 ? 0 : argv.length - dashes - 1;
  const end = Math.max(0, operands.length - ofServer);
  const [file, stray] = operands.slice(0, end);
  if (stray === undefined) return { file, args: ofServer > 0 ? operands.slice(end) : undefined };
  throw new CommandFailure(
    `${JSON.stringify(stray)} belongs to no option, and one server file is enough. ` +
      'Arguments of the server itself go after --: muster start app.js -- --port 3000',
    exits.usage,
  );
}

const VALUES = `
A duration has its unit: 500ms, 30s, 2m, 12h, 7d. Bytes have theirs: 512MB, 1GiB.`;

function commanderOption({ names, group, help, parse, choices, repeats }: Flag): Option {
  const option = new Option(names, help).helpGroup(group);
  if (choices) option.choices(choices);
  if (!parse) return option;
  return option.argParser((text: string, before: unknown) => {
    const value = parse(text);
    return repeats ? [...((before as unknown[] | undefined) ?? []), value].flat() : value;
  });
}

/** The options of `startCluster()` for the given flags, by commander's names. */
export function optionsOf(given: object): ClusterOptions {
  const options: Record<string, unknown> = {};
  for (const flag of FLAGS as readonly Flag[]) {
    const value = (given as Record<string, unknown>)[new Option(flag.names).attributeName()];
    if (value === undefined || flag.sets === undefined) continue;
    if (typeof flag.sets === 'string') set(options, flag.sets, flag.means ?? value);
    else for (const path of flag.sets) set(options, path, part(value as object, path));
  }
  return options as ClusterOptions;
}

function part(value: object, path: string): unknown {
  return (value as Record<string, unknown>)[path.split('.')[1] ?? ''];
}

function set(options: Record<string, unknown>, path: string, value: unknown): void {
  if (value === undefined) return;
  const [name = '', inner] = path.split('.');
  options[name] = inner === undefined ? value : { ...(options[name] as object), [inner]: value };
}
