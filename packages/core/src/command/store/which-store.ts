// Opens the store that a command means: that of `--url`, else the one that an app in this folder would open.
import type { SharedStore, SharedStoreOptions } from '@muster/store';
import { openExisting } from '@muster/store/care';
import { resolveStoreTarget } from '@muster/store/cluster';
import { ConfigError } from '../../errors.js';
import { assertFaultless, readConfig } from '../config/configured-app.js';
import { workingFolder } from '../line/working-folder.js';
import { appsOfConfig, storeUrlOf } from '../start/apps-of-config.js';

export interface WhichStore {
  readonly url?: string;
  readonly keyPrefix?: string;
  /** Of the config. */
  readonly environment?: string;
}

/** @throws ConfigError */
export async function storeOptions(which: WhichStore): Promise<SharedStoreOptions> {
  const { url = await configuredUrl(which.environment), keyPrefix } = which;
  return { ...(url !== undefined && { url }), ...(keyPrefix !== undefined && { keyPrefix }) };
}

/** As the config of this folder has it; `undefined` if there is no config, or none that names a store. */
async function configuredUrl(environment: string | undefined): Promise<string | undefined> {
  const read = await readConfig({ here: workingFolder(), config: undefined, environment });
  if (!read) return undefined;
  assertFaultless(read);
  const urls = appsOfConfig(read, environment).map(({ name, settings }) => {
    const url = storeUrlOf(settings);
    const { label } = resolveStoreTarget(url === undefined ? {} : { url });
    return { name, url, label };
  });
  const [first, ...others] = urls;
  if (others.every(({ label }) => label === first?.label)) return first?.url;
  const all = urls.map(({ name, label }) => `${name} has ${label}`).join(', ');
  throw new ConfigError(read.file, `has apps with different stores: ${all}. Name one with --url.`);
}

/** @throws StoreError if there is no such store; ConfigError */
export async function withStore(
  which: WhichStore,
  use: (store: SharedStore) => Promise<void>,
): Promise<void> {
  await using store = openExisting(await storeOptions(which));
  await use(store);
}
