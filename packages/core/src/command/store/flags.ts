/**
 * The options of `muster store`, as data: a test compares the guide with this table. store-command.ts says which command
 * takes which.
 */
import { parsePath } from '../line/arguments.js';
import type { Flag } from '../line/command-table.js';
import type { WhichStore } from './which-store.js';

export const STORE_FLAGS = {
  url: {
    names: '-u, --url <url>',
    help: 'which store, as lmdb:/srv/app/.muster/store or redis://host (default: that of an app in this folder)',
    parse: parsePath,
  },
  keyPrefix: {
    names: '--key-prefix <text>',
    help: 'Redis: what the keys of the store start with (default: muster:)',
  },
  environment: {
    names: '--environment <name>',
    help: 'which environment of the config (default: NODE_ENV)',
    parse: parsePath,
  },
  namespace: {
    names: '--namespace <name>',
    help: 'the one that the keys are in (default: the store itself)',
    parse: parsePath,
  },
  yes: { names: '-y, --yes', help: 'do not ask' },
  json: { names: '--json', help: 'for programs' },
} as const satisfies Record<string, Flag>;

/** The options as commander parses them. */
export interface StoreOptions extends WhichStore {
  readonly namespace?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** Below the help. */
export const WHICH = `
Without --url it is the store that an app in this folder would use: that of its muster.config.*, else of MUSTER_STORE_URL or
REDIS_URL, else .muster/store.`;
