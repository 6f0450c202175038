// `muster unit`: prints a unit of systemd that does what `muster start` with the same arguments does here.
import { existsSync, realpathSync } from 'node:fs';
import { userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { longestDrainMs } from '../../cluster-option-faults.js';
import type { ClusterOptions } from '../../cluster-options.js';
import { isName } from '../../extensions/control/socket/socket-name.js';
import { print } from '../cluster/cluster-call.js';
import { CommandFailure, exits } from '../line/failure.js';
import { workingFolder } from '../line/working-folder.js';
import { type CommandLine, type StartOptions, settingsOf } from '../start/settings.js';
import { unitText } from './unit-text.js';

export interface UnitOptions extends StartOptions {
  readonly user?: boolean;
}

/** In which the unit starts the cluster: an environment of the config may be chosen by it. */
const NODE_ENV = 'production';

/**
 * @param args what `muster start` is to be given
 * @throws CommandFailure, ConfigError, InvalidOptionError: what would not start gets no unit
 */
export async function unit(
  line: CommandLine & { readonly given: UnitOptions },
  args: readonly string[],
): Promise<void> {
  // Before that of a config is entered.
  const folder = workingFolder();
  process.env.NODE_ENV = NODE_ENV;
  const { options, watch } = await settingsOf(line);
  if (watch) throw new CommandFailure('--watch is for development.', exits.usage);
  assertNoBreak([folder, ...args]);
  const given = socketOf(options.control);
  const name = given?.name ?? nameFor(folder);
  const text = unitText({
    ...{ name, folder },
    isOfUser: line.given.user ?? false,
    user: userOf(userInfo().username, process.env.SUDO_USER),
    isLinked: realpathSync(folder) !== folder,
    node: process.execPath,
    muster: program(folder, process.argv[1] ?? ''),
    args: given === undefined ? withName(args, name) : args,
    target: given?.target ?? ['--name', name],
    drainTimeoutMs: longestDrainMs(options),
  });
  print(text.trimEnd());
}

function assertNoBreak(texts: readonly string[]): void {
  const bad = texts.find((text) => /[\n\r\0]/.test(text));
  if (bad === undefined) return;
  const what = JSON.stringify(bad);
  throw new CommandFailure(`${what}: a unit has no place for a line break.`, exits.usage);
}

/** What the config or `--name` says of it. */
function socketOf(
  control: ClusterOptions['control'],
): { name?: string; target: readonly string[] } | undefined {
  if (control === undefined) return undefined;
  if (typeof control === 'object') return { ...control, target: ['--name', control.name] };
  if (control) return { target: ['--socket', control] };
  throw new CommandFailure(
    'A unit reloads by the control socket, and the config has none (control: false).',
    exits.usage,
  );
}

/** Before the server's own arguments. */
function withName(args: readonly string[], name: string): string[] {
  const dashes = args.indexOf('--');
  const end = dashes < 0 ? args.length : dashes;
  return [...args.slice(0, end), '--name', name, ...args.slice(end)];
}

/** Of the folder; for `shop/current`, a link that deploys move, it is `shop`. */
function nameFor(folder: string): string {
  const told = basename(folder) === 'current' ? dirname(folder) : folder;
  const words = basename(told).replaceAll(/[^a-z0-9._-]+/gi, '-');
  const name = words.replace(/^[^a-z0-9]+/i, '').slice(0, 40);
  return isName(name) ? name : 'app';
}

/** Not root, who has run the command by sudo, or in a container. */
function userOf(username: string, sudoUser: string | undefined): string | undefined {
  return [username, sudoUser].find((name) => name !== undefined && name !== 'root');
}

/**
 * The program of this command, by a path that stays when its package is installed anew: package managers keep it in folders
 * with its version, and deploys in one for each release.
 */
function program(folder: string, path: string): string {
  const own = realpathSync(path);
  if (own.includes('/_npx/')) {
    throw new CommandFailure(
      'npx has loaded muster for this call only. Install it in this folder: npm install @muster/core',
      exits.usage,
    );
  }
  const linked = [folder, dirname(path)]
    .flatMap(withThoseAbove)
    .map((above) => join(above, 'node_modules/@muster/core/lib/command/main.js'));
  return linked.find((one) => existsSync(one) && realpathSync(one) === own) ?? own;
}

function withThoseAbove(folder: string): string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [folder, ...withThoseAbove(above)];
}
