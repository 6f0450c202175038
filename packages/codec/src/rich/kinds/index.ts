// Every kind there is. A value is of one kind at most.

import { bytesKind } from './bytes.js';
import { entriesKind, nullPrototypeKind } from './dictionaries.js';
import { errorKind } from './error.js';
import type { Kind } from './kind.js';
import { invalidDateKind, largeBigIntKind, regExpKind } from './leaves.js';

export const kinds: readonly Kind<unknown>[] = [
  errorKind,
  bytesKind,
  invalidDateKind,
  regExpKind,
  largeBigIntKind,
  entriesKind,
  nullPrototypeKind,
] as Kind<never>[] as Kind<unknown>[];
