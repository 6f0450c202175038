// The extensions of the app, checked: a method with a wrong name would never be called, and nobody would hear of it.
import * as check from '../../checks/option-checks.js';
import type { ClusterExtension } from '../../cluster-extension.js';
import { InvalidOptionError } from '../../errors.js';

const METHODS = [
  ...(['start', 'forkSettings', 'workerForked', 'workerReady', 'workerExited'] as const),
  ...(['stopping', 'stopped'] as const),
] satisfies readonly (keyof ClusterExtension)[];
const MAX_NAME_LENGTH = 100;

/** @throws InvalidOptionError */
export function resolveExtensions(
  given: readonly ClusterExtension[] | undefined = [],
): readonly ClusterExtension[] {
  if (!Array.isArray(given)) {
    throw new InvalidOptionError(`extensions takes a list, and got ${check.shown(given)}.`);
  }
  const names = new Set<string>();
  for (const [index, extension] of (given as readonly ClusterExtension[]).entries()) {
    const name = checkExtension(`extensions[${index}]`, extension);
    if (names.has(name)) {
      throw new InvalidOptionError(`extensions: two are called ${check.shown(name)}.`);
    }
    names.add(name);
  }
  return given;
}

/** @returns its name */
function checkExtension(at: string, extension: ClusterExtension): string {
  check.assertObject(at, extension, 'an object with a name and methods');
  // An instance of a class has fields of its own.
  if (Object.getPrototypeOf(extension) === Object.prototype) {
    check.objectOf(at, extension, ['name', 'timeoutMs', ...METHODS]);
  }
  const name = check.text(`${at}.name`, extension.name);
  if (name.length > MAX_NAME_LENGTH) {
    throw new InvalidOptionError(`${at}.name has more than ${MAX_NAME_LENGTH} characters.`);
  }
  check.milliseconds(`${at}.timeoutMs`, extension.timeoutMs, 0);
  const bad = METHODS.find(
    (method) => extension[method] !== undefined && typeof extension[method] !== 'function',
  );
  if (bad === undefined) return name;
  throw new InvalidOptionError(
    `${at}.${bad}: ${check.shown(extension[bad])} is not a function, and the extension ${check.shown(name)} is to have one.`,
  );
}
