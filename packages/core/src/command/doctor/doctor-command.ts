// `muster doctor` on the command line.
import type { Command } from 'commander';
import { parsePath } from '../line/arguments.js';
import type { DoctorOptions } from './gather-config.js';

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('look for what is wrong with this set-up, and say what to do')
    .option('--config <file>', 'of which apps (default: muster.config.* of this folder)', parsePath)
    .option('--no-config', 'read no config')
    .option(
      '--environment <name>',
      'which environment of the config (default: NODE_ENV)',
      parsePath,
    )
    .option('--json', 'for programs')
    .addHelpText('after', '\nExits with 1 if there is an error, and with 0 for warnings.')
    .action(async (options: DoctorOptions) => {
      // Loaded here, so that the other commands start faster.
      const { doctor } = await import('./doctor.js');
      await doctor(options);
    });
}
