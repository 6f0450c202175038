// The actions of the `muster store` commands.
import { existsSync } from 'node:fs';
import type { SharedStore, StoreView } from '@muster/store';
import {
  describeStore,
  missingStore,
  openOrMake,
  restoreBackup,
  restoreUnderWay,
} from '@muster/store/care';
import { print } from '../cluster/cluster-call.js';
import { confirm } from '../line/confirm.js';
import { CommandFailure, exits } from '../line/failure.js';
import { bytes } from '../view/units.js';
import { displayName, displayValue, parseDisplayName } from './display.js';
import type { StoreOptions } from './flags.js';
import { storeOptions, withStore } from './which-store.js';

export async function backup(file: string, options: StoreOptions): Promise<void> {
  await withStore(options, async (store) => {
    if (existsSync(file)) await confirm(`${file} is there, and is replaced.`, options);
    const { entries } = await store.backup(file);
    print(`${count(entries, 'entry', 'entries')} in ${file}`);
  });
}

export async function restore(file: string, options: StoreOptions): Promise<void> {
  const which = await storeOptions(options);
  const missing = missingStore(which);
  await using store = openOrMake(which);
  const what =
    missing === undefined
      ? await describeDeletion(store)
      : `There is no store at ${displayName(missing)}: it is made`;
  await confirm(`${what}, and what ${file} has is written.`, options);
  print(`${count(await restoreBackup(store, file), 'entry', 'entries')} restored`);
}

async function describeDeletion(store: SharedStore): Promise<string> {
  const there = total(await describeStore(store));
  if (there === 0) return 'The store is empty';
  return `${count(there, 'entry', 'entries')} of the store are deleted`;
}

export async function stat(options: StoreOptions): Promise<void> {
  await withStore(options, async (store) => {
    const [namespaces, restoring] = [await describeStore(store), await restoreUnderWay(store)];
    if (options.json) {
      print(JSON.stringify({ engine: store.engine, namespaces, restoring }, null, 2));
      return;
    }
    print(`${store.engine}, ${count(total(namespaces), 'entry', 'entries')}`);
    if (restoring) {
      const since = new Date(restoring.startedAt).toISOString();
      print(
        `  not whole: a restore of ${displayName(restoring.file)}, begun at ${since}, has not ended`,
      );
    }
    for (const { namespace, entries, bytes: size, ending } of namespaces) {
      const name = namespace === '' ? '(the store itself)' : displayName(namespace);
      print(
        `  ${name}: ${count(entries, 'entry', 'entries')}, ${bytes(size)}, ${ending} with an end`,
      );
    }
  });
}

export async function keys(prefix: string | undefined, options: StoreOptions): Promise<void> {
  await withView(options, async (view) => {
    for await (const key of view.keys(
      prefix === undefined ? {} : { prefix: parseDisplayName(prefix) },
    )) {
      print(displayName(key));
    }
  });
}

export async function get(given: string, options: StoreOptions): Promise<void> {
  const key = parseDisplayName(given);
  await withView(options, async (view) => {
    const value = await view.get(key);
    if (value === undefined)
      throw new CommandFailure(`There is no key ${displayName(key)}`, exits.failed);
    print(displayValue(value));
  });
}

export { remove as delete };

async function remove(given: string[], options: StoreOptions): Promise<void> {
  const keys = given.map(parseDisplayName);
  await withView(options, async (view) => {
    const there = (await view.getMany(keys)).filter((value) => value !== undefined).length;
    if (there > 0) await confirm(`${count(there, 'key is', 'keys are')} deleted.`, options);
    print(`${count(there === 0 ? 0 : await view.deleteMany(keys), 'key', 'keys')} deleted`);
  });
}

async function withView(
  options: StoreOptions,
  use: (view: StoreView) => Promise<void>,
): Promise<void> {
  const { namespace } = options;
  await withStore(options, (store) =>
    use(namespace === undefined ? store : store.namespace(parseDisplayName(namespace))),
  );
}

function total(namespaces: readonly { entries: number }[]): number {
  return namespaces.reduce((sum, { entries }) => sum + entries, 0);
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
