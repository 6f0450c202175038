// The commands and options of `muster`.
import { Command, CommanderError, Option } from 'commander';
import { version } from '../extensions/control/cluster-description.js';
import type { CaptureOptions } from './capture/capture.js';
import type { Target } from './cluster/clusters.js';
import { console } from './console.js';
import { addDoctor } from './doctor/doctor-command.js';
import { addInit } from './init/init-command.js';
import * as inspect from './inspect.js';
import { parseDuration, parseLines, parseName, parsePath, parseSlot } from './line/arguments.js';
import { exits } from './line/failure.js';
import type { LogsOptions } from './logs/logs.js';
import * as operate from './operate.js';
import { addQueue } from './queue/queue-command.js';
import { addStart } from './start/start-command.js';
import { addStore } from './store/store-command.js';
import { top } from './top/top.js';
import { addUnit } from './unit/unit-command.js';

export function createProgram(): Command {
  const program = new Command('muster')
    .description('Runs a Node.js server as a cluster, and looks after it.')
    .version(version, '-v, --version')
    .addOption(new Option('-V').hideHelp())
    .on('option:V', () => {
      process.stdout.write(`${version}\n`);
      throw new CommanderError(0, 'commander.version', version);
    })
    .helpCommand('help [command]', 'show this, or the options of a command')
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, 'muster:')) })
    .showHelpAfterError(
      '`muster --help` lists the commands, `muster <command> --help` its options.',
    )
    // Commander exits with 1; see main.ts.
    .exitOverride()
    .addHelpText('after', EXIT_CODES);
  addStart(program);
  addUnit(program);
  addInit(program);
  addClients(program);
  addQueue(program);
  addStore(program);
  addDoctor(program);
  return program;
}

const EXIT_CODES = `
Exit codes: ${exits.done} done, ${exits.failed} failed, ${exits.usage} not understood, ${exits.notRunning} no cluster is running.
\`muster start\` exits as its cluster ends: 0 stopped, 1 forced, 70 given up (restart.giveUp).`;

const OUTPUT = 'a new file, or a folder for it (default: here, named after cluster, slot and time)';

const loadCapture = () => import('./capture/capture.js');

function addClients(program: Command): void {
  const client = (nameAndArguments: string, description: string, named = '-n, --name <name>') =>
    program
      .command(nameAndArguments)
      .description(description)
      .option(named, 'which cluster (default: the only one, or that of this folder)', parseName)
      .addOption(
        new Option('-s, --socket <path>', 'which cluster, by its control socket').conflicts('name'),
      );

  client('status', 'show the cluster and its workers')
    .option('--machines', 'only the machines whose buses are joined, in detail')
    .option('--json', 'all that is known, for programs')
    .action((options: Target & { json?: boolean; machines?: boolean }) => inspect.status(options));
  client('describe', 'show all that is known of one slot, and how its last workers ended')
    .argument('<slot>', 'its number', parseSlot)
    .option('--json', 'for programs')
    .action((slot: number, options: Target & { json?: boolean }) =>
      inspect.describe(slot, options),
    );
  client('top', 'show the workers as they work; q quits')
    .option('-i, --interval <duration>', 'between two looks (default: 1s)', parseDuration)
    .action((options: Target & { interval?: number }) => top({ interval: 1_000, ...options }));
  // Its -n is that of tail and journalctl.
  client('logs', 'show what workers printed last', '--name <name>')
    .argument('[slot]', 'only those of one slot', parseSlot)
    .option('-f, --follow', 'and what follows, until the cluster ends')
    .option('-n, --lines <count>', 'how many of those before (default: 100)', parseLines)
    .option('--since <duration>', 'none that is older, such as 5m', parseDuration)
    .option('--json', 'a line of JSON for each, for programs')
    .action(async (slot: number | undefined, options: LogsOptions) =>
      (await import('./logs/logs.js')).logs(slot, options),
    );
  client('profile', 'take a CPU profile of one worker, without a debug port')
    .argument('<slot>', 'its number', parseSlot)
    .option('--for <duration>', 'how long, up to 5m (default: 10s)', parseDuration)
    .option('-o, --output <file>', OUTPUT, parsePath)
    .action(async (slot: number, options: CaptureOptions & { for?: number }) =>
      (await loadCapture()).profile(slot, options),
    );
  client('heap', 'take a heap snapshot of one worker, which stands still meanwhile')
    .argument('<slot>', 'its number', parseSlot)
    .option('-o, --output <file>', OUTPUT, parsePath)
    .option('-y, --yes', 'do not ask')
    .action(async (slot: number, options: CaptureOptions & { yes?: boolean }) =>
      (await loadCapture()).heap(slot, options),
    );
  client('console', 'print the link that opens the console of the cluster in a browser').action(
    (options: Target) => console(options),
  );
  client('reload', 'replace every worker, without losing a request')
    .argument('[role]', 'only its workers')
    .option('--allow-missing', 'also where new workers do not listen on every address of the old')
    .action((role: string | undefined, options: Target & { allowMissing?: boolean }) =>
      operate.reload(role, options),
    );
  client('scale', 'change how many workers there are')
    .argument('<count...>', 'such as 4, or web=4 jobs=1')
    .action((counts: string[], options: Target) => operate.scale(counts, options));
  client('restart', 'replace the worker of one slot')
    .argument('<slot>', 'its number', parseSlot)
    .action((slot: number, options: Target) => operate.restart(slot, options));
  client('stop', 'drain and stop the cluster, and wait until it is gone')
    .option('-f, --force', 'do not wait for what is under way')
    .action((options: Target & { force?: boolean }) => operate.stop(options));
  program
    .command('list')
    .alias('ls')
    .description('list the clusters of this user')
    .option('--json', 'for programs')
    .action((options: { json?: boolean }) => inspect.list(options));
}
