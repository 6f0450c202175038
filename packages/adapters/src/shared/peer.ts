// Loads the peer of an adapter. Only adapters that run code of their peer need it; for types alone nothing has to be installed.
import { requireFrom } from '@muster/codec/own-files';
import { MissingPeerError } from '../errors.js';

const require = requireFrom(import.meta.url);

/**
 * The peer, as `require()` gives it. (An `await import()` would make the adapter unfit for `require()`.)
 *
 * @param adapter the subpath of the adapter, for the message.
 * @param peer a package, or a subpath of one.
 * @throws MissingPeerError if it is not installed; whatever it throws while it loads.
 */
export function requirePeer<Module>(adapter: string, peer: string): Module {
  try {
    require.resolve(peer);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw cause;
    throw new MissingPeerError(adapter, packageOf(peer), { cause });
  }
  return require(peer) as Module;
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
