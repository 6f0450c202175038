// Finds the name that a caller probably meant by one that does not exist.
import { nearestName as nearest } from '@muster/codec/options';

/**
 * The name in `known` that is probably meant, or `undefined`: the nearest one, else one that contains `given` (`exit` in
 * `workerExit`) or is contained in it.
 */
export function nearestName(given: string, known: readonly string[]): string | undefined {
  const wanted = given.toLowerCase();
  const isPart = (name: string): boolean => {
    const has = name.toLowerCase();
    return wanted.length >= 3 && (has.includes(wanted) || wanted.includes(has));
  };
  return nearest(given, known) ?? known.find(isPart);
}

/** ` Did you mean "workerExit"?`, or nothing. */
export function didYouMean(given: string, known: readonly string[]): string {
  const meant = nearestName(given, known);
  return meant === undefined ? '' : ` Did you mean ${JSON.stringify(meant)}?`;
}
