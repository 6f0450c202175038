// The options of `muster queue`, as data: a test compares the guide with this table. queue-command.ts says which command takes which.
import { parseCount } from '../line/arguments.js';
import type { Flag } from '../line/command-table.js';
import { STORE_FLAGS } from '../store/flags.js';
import type { WhichStore } from '../store/which-store.js';

export const QUEUE_FLAGS = {
  url: STORE_FLAGS.url,
  keyPrefix: STORE_FLAGS.keyPrefix,
  environment: STORE_FLAGS.environment,
  json: STORE_FLAGS.json,
  limit: {
    names: '-l, --limit <count>',
    help: 'how many jobs are shown, at most 1000 (default: 20)',
    parse: parseCount,
  },
  all: { names: '-a, --all', help: 'every job that has failed by now' },
  schedule: {
    names: '-s, --schedule',
    help: 'the schedule of this name, where a queue has it, too',
  },
  wait: {
    names: '-w, --wait',
    help: 'wait until the run is done, and exit with 1 if it fails',
  },
} as const satisfies Record<string, Flag>;

/** The options as commander parses them. */
export interface QueueOptions extends WhichStore {
  readonly json?: boolean;
  readonly limit?: number;
  readonly all?: boolean;
  readonly schedule?: boolean;
  readonly wait?: boolean;
}
