// What a request of the tests does to its session, the same for every framework.

/**
 * @typedef {object} Edit
 * @property {Record<string, unknown>} [set]
 * @property {string[]} [drop]
 * @property {{ path: string[], value: unknown }} [put] within objects, which it makes where there are none
 * @property {number} [grow] characters of a text that it sets: more than a request may bring
 * @property {string[]} [meet] addresses to ask, one after the other, before it changes anything
 * @property {boolean} [save] at once, and not only with the response
 * @property {Record<string, unknown>} [after] what it sets after that
 */

/** @param {Edit} edit */
export async function meet({ meet: places = [] }) {
  for (const place of places) await fetch(place);
}

/** @param {object} session @param {Edit} edit */
export function apply(session, { set = {}, drop = [], put, grow }) {
  Object.assign(session, set);
  if (grow !== undefined) Object.assign(session, { grown: 'x'.repeat(grow) });
  if (put) {
    let inner = /** @type {Record<string, any>} */ (session);
    for (const name of put.path.slice(0, -1)) {
      inner[name] ??= {};
      inner = inner[name];
    }
    inner[put.path.at(-1) ?? ''] = put.value;
  }
  for (const name of drop) delete (/** @type {Record<string, unknown>} */ (session)[name]);
}

/** What of a session is the app's. @param {object} session */
export function fieldsOf(session) {
  const { cookie, ...fields } = /** @type {Record<string, unknown>} */ (
    JSON.parse(JSON.stringify(session))
  );
  return fields;
}

/** @param {Record<string, unknown>} session */
export function userOf(session) {
  return /** @type {string | undefined} */ (session.user);
}
