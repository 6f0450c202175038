// Entries as text, for procedures and for packages above the store: those of a view, and those of a package's own.
import { InvalidOptionError } from '../errors.js';
import { GONE } from '../locks/leases/owner.js';
import { RootView } from '../open/root-view.js';
import type { SharedStore, StoreView } from '../store.js';
import type { Texts } from '../values/texts.js';
import { View } from '../values/view.js';

/**
 * The entries of the view as text, and `run` for procedures on them.
 *
 * @throws InvalidOptionError if the view does not come from `createSharedStore()` of this copy of the package.
 */
export function textsOf(view: StoreView): Texts {
  if (view instanceof View) return view.texts();
  throw foreign('view');
}

/**
 * Entries under `$muster.<kind>:`, which no view sees, no backup contains and no `clear()` removes.
 *
 * @throws InvalidOptionError as `textsOf`.
 */
export function ownTextsOf(store: SharedStore, kind: string): Texts {
  if (store instanceof RootView) return store.ownTexts(kind);
  throw foreign('store');
}

/** The owners whose processes have ended (see `ownerGone` of `@muster/store/cluster`): each is a key, and its text is how, or `1`. */
export function ownersGone(store: SharedStore): Texts {
  return ownTextsOf(store, GONE);
}

function foreign(what: string): InvalidOptionError {
  return new InvalidOptionError(
    `The ${what} was not made by createSharedStore(), or by another copy of @muster/store; install one copy of it`,
  );
}
