// `@muster/store/procedures`: atomic operations of an app's own, and what a package above the store needs for some.
import { RootView } from '../open/root-view.js';
import type { SharedStore } from '../store.js';

export type { Condition, Entry, Procedure, Transaction } from '../engine.js';
export type { Lifetime } from '../entries/lifetime.js';
export { LUA_LIFETIME, lifetimeArgs } from '../entries/lua-lifetime.js';
export { ownOwner } from '../locks/leases/owner.js';
export { backOff } from '../values/backoff.js';
export { getAndDelete } from '../values/procedures/get-and-delete.js';
export { touch } from '../values/procedures/touch.js';
export type { Texts } from '../values/texts.js';
export type { TransactionStep } from '../values/transaction-steps.js';
export { defineProcedure, type ProcedureDefinition, type RunProcedure } from './define.js';
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
export { count, done, flag, integer, list, optional, text, tuple } from './reply.js';
export { ownersGone, ownTextsOf, textsOf } from './view-texts.js';

/**
 * The same Redis with keys that start with nothing, for entries that other libraries keep there, if the store was made without a
 * `keyPrefix`; otherwise the store itself. The store closes it.
 */
export function withoutDefaultPrefix(store: SharedStore): SharedStore {
  return (store instanceof RootView ? store.unprefixed() : undefined) ?? store;
}
