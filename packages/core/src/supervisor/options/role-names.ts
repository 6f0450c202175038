// Finds a role by the name that a caller gives.
import * as check from '../../checks/option-checks.js';
import { InvalidOptionError } from '../../errors.js';
import type { ResolvedRole } from './role-options.js';

/** @throws InvalidOptionError */
export function findRole(roles: readonly ResolvedRole[], name: string): ResolvedRole {
  const found = roles.find(({ role }) => role === name);
  if (found) return found;
  const names = roles.map(({ role }) => check.shown(role));
  throw new InvalidOptionError(
    `There is no role ${check.shown(name)}. There are ${names.join(', ')}.`,
  );
}

/** For a number without a role. @throws InvalidOptionError if there are several */
export function onlyRole([first, second]: readonly ResolvedRole[]): string {
  if (first && !second) return first.role;
  throw new InvalidOptionError(
    'scale() takes a number where there is one role. Here there are several: scale({ role: n }).',
  );
}
