// The extensions of the app, checked: a method with a wrong name would never be called, and nobody would hear of it.
import { fault } from '../../checks/faults.js';
import * as check from '../../checks/option-checks.js';
import type { ClusterExtension } from '../../cluster-extension.js';

const METHODS = [
  ...(['start', 'forkSettings', 'workerForked', 'workerReady', 'workerExited'] as const),
  ...(['stopping', 'stopped'] as const),
] satisfies readonly (keyof ClusterExtension)[];
const MAX_NAME_LENGTH = 100;

export function resolveExtensions(
  given: readonly ClusterExtension[] | undefined = [],
): readonly ClusterExtension[] {
  if (!Array.isArray(given)) {
    return fault(`extensions takes a list, and got ${check.shown(given)}.`, []);
  }
  const names = new Set<string>();
  for (const [index, extension] of (given as readonly ClusterExtension[]).entries()) {
    const name = checkExtension(`extensions[${index}]`, extension);
    if (names.has(name)) fault(`extensions: two are called ${check.shown(name)}.`, name);
    if (name !== '') names.add(name);
  }
  return given;
}

/** @returns its name */
function checkExtension(at: string, extension: ClusterExtension): string {
  if (!check.isObject(at, extension, 'an object with a name and methods')) return '';
  // An instance of a class has fields of its own.
  if (Object.getPrototypeOf(extension) === Object.prototype) {
    check.objectOf(at, extension, ['name', 'timeoutMs', ...METHODS]);
  }
  const name = check.text(`${at}.name`, extension.name);
  if (name.length > MAX_NAME_LENGTH) {
    fault(`${at}.name has more than ${MAX_NAME_LENGTH} characters.`, name);
  }
  check.milliseconds(`${at}.timeoutMs`, extension.timeoutMs, 0);
  for (const method of METHODS) {
    const given = extension[method];
    if (given === undefined || typeof given === 'function') continue;
    const whose = `the extension ${check.shown(name)} is to have one`;
    fault(`${at}.${method}: ${check.shown(given)} is not a function, and ${whose}.`, undefined);
  }
  return name;
}
