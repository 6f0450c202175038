// What somebody meant who wrote a name that there is not.
import { nearestName as nearest } from '@muster/codec/options';

/**
 * The one of `known` that is meant, or `undefined`: the nearest, else one that `given` is a part of (`exit` of
 * `workerExit`), or that it contains.
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
