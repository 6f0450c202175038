// Where a process keeps its one hub.

import { VERSION } from '../wire/protocol.js';
import type { Hub } from './hub.js';

/**
 * Two copies of this package that write the same frames share one hub. A copy that writes others has a hub
 * of its own, and the two do not hear each other.
 */
const KEY = keyOf(VERSION);

const registry = globalThis as { [KEY]?: Hub };

/** `undefined` where nobody has created a bus yet. */
export function registeredHub(): Hub | undefined {
  return registry[KEY];
}

/** Whether a copy of this package that writes frames of this version has a hub in this process. */
export function hasHubOf(version: unknown): boolean {
  return keyOf(version) in globalThis;
}

function keyOf(version: unknown): symbol {
  return Symbol.for(`@muster/bus/hub/${typeof version === 'number' ? version : 'none'}`);
}

export function registerHub(hub: Hub): Hub {
  registry[KEY] = hub;
  return hub;
}
