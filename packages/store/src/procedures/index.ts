// `@muster/store/procedures`: what a package above the store needs for atomic primitives of its own.
import { InvalidOptionError } from '../errors.js';
import { GONE } from '../locks/leases/owner.js';
import { RootView } from '../open/root-view.js';
import type { SharedStore, StoreView } from '../store.js';
import type { Texts } from '../values/texts.js';
import { View } from '../values/view.js';

export type { Condition, Entry, Procedure, Transaction } from '../engine.js';
export type { Lifetime } from '../entries/lifetime.js';
export { LUA_LIFETIME, lifetimeArgs } from '../entries/lua-lifetime.js';
export { ownOwner } from '../locks/leases/owner.js';
export { backOff } from '../values/backoff.js';
export { getAndDelete } from '../values/procedures/get-and-delete.js';
export { touch } from '../values/procedures/touch.js';
export type { Texts } from '../values/texts.js';
export {
  either,
  isFlag,
  isNothing,
  isNumber,
  isText,
  listOf,
  only,
  recordOf,
} from './outputs.js';
export { count, done, flag, integer, list, text, tuple } from './reply.js';

/**
 * The entries of the view as text, and `run` for procedures on them.
 *
 * @throws InvalidOptionError where the view is not one of a `createSharedStore()`.
 */
export function textsOf(view: StoreView): Texts {
  if (view instanceof View) return view.texts();
  throw foreign('view');
}

/**
 * Entries that no view sees, no backup has and nobody clears, under `$muster.<kind>:`.
 *
 * @throws InvalidOptionError as `textsOf`.
 */
export function ownTextsOf(store: SharedStore, kind: string): Texts {
  if (store instanceof RootView) return store.ownTexts(kind);
  throw foreign('store');
}

/** Of the owners whose processes have ended (see `ownerGone` of `@muster/store/cluster`): each is a key. */
export function ownersGone(store: SharedStore): Texts {
  return ownTextsOf(store, GONE);
}

/**
 * The same Redis with keys that start with nothing, for what others keep there: where the store was made without a
 * `keyPrefix`. Else the store itself. The store closes it.
 */
export function withoutDefaultPrefix(store: SharedStore): SharedStore {
  return (store instanceof RootView ? store.unprefixed() : undefined) ?? store;
}

function foreign(what: string): InvalidOptionError {
  return new InvalidOptionError(
    `The ${what} is none that createSharedStore() made, or of another copy of @muster/store; install one copy of it`,
  );
}
