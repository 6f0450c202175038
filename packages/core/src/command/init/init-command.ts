// `muster init` on the command line.
import { type Command, Option } from 'commander';
import { CommandFailure, exits } from '../line/failure.js';
import type { Wish } from './plan.js';

export function addInit(program: Command): void {
  program
    .command('init')
    .summary('write a first server into this folder')
    .description(
      'Writes a server for a cluster, and what it needs to run: for an empty folder, or beside what is there. ' +
        'Files that exist are left as they are.',
    )
    .argument('[folder]', 'where (default: this folder)')
    .addOption(new Option('--typescript', 'in TypeScript (default: if there is a tsconfig.json)'))
    .addOption(
      new Option(
        '--esm',
        'as an ES module (default, unless package.json says otherwise)',
      ).conflicts('commonjs'),
    )
    .addOption(new Option('--commonjs', 'as CommonJS: with require()'))
    .action(async (folder: string | undefined, wish: Wish) => {
      if (folder === '') throw new CommandFailure('Which folder? Its name is empty.', exits.usage);
      const { init } = await import('./init.js');
      await init(folder ?? '.', wish);
    });
}
