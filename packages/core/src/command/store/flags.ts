/**
 * The options of `muster store`, as data: a test compares the guide with this table. store-command.ts says which command
 * takes which.
 */
import { parsePath } from '../line/arguments.js';

export interface StoreFlag {
  /** As commander takes it. */
  readonly names: string;
  readonly help: string;
  readonly parse?: (text: string) => unknown;
}

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
  namespace: {
    names: '--namespace <name>',
    help: 'the one that the keys are in (default: the store itself)',
    parse: parsePath,
  },
  yes: { names: '-y, --yes', help: 'do not ask' },
  json: { names: '--json', help: 'for programs' },
} as const satisfies Record<string, StoreFlag>;

/** The options as commander parses them. */
export interface StoreOptions {
  readonly url?: string;
  readonly keyPrefix?: string;
  readonly namespace?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}
