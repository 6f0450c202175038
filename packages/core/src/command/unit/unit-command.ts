// `muster unit` on the command line: it takes what `muster start` takes.
import type { Command } from 'commander';
import { addStartFlags, operandsOf, optionsOf } from '../start/start-command.js';
import type { UnitOptions } from './unit.js';

export function addUnit(program: Command): void {
  const command = program
    .command('unit')
    .summary('print a systemd unit that starts a server, or an app of the config')
    .description(
      'Prints a unit of systemd that runs in this folder what `muster start` with the same arguments runs:\n' +
        'muster unit server.js -w 4 | sudo tee /etc/systemd/system/shop.service',
    )
    .argument('[file]', 'the server, or the app, as `muster start` takes it')
    .argument('[args...]', 'its arguments; put -- before them')
    .option('--user', 'for your own systemd: systemctl --user')
    .action(async (first: string | undefined, more: string[], given: UnitOptions) => {
      const operands = operandsOf(first === undefined ? more : [first, ...more], process.argv);
      // Loaded here, so that the other commands start faster.
      const { unit } = await import('./unit.js');
      const line = { ...operands, given, options: optionsOf(given) };
      await unit(line, givenTo('unit', process.argv));
    });
  addStartFlags(command);
}

/** What follows the name of the command, without `--user`, which is its own. */
function givenTo(name: string, argv: readonly string[]): string[] {
  const args = argv.slice(argv.indexOf(name) + 1);
  const dashes = args.indexOf('--');
  const end = dashes < 0 ? args.length : dashes;
  return [...args.slice(0, end).filter((arg) => arg !== '--user'), ...args.slice(end)];
}
