// What a client may send: text of a bounded length, and else a 400 that says what was wrong.
import { StoreError } from '@muster/store';

/**
 * @param {string} message
 * @returns {Error & { status: number }}
 */
export function badRequest(message) {
  return Object.assign(new Error(message), { status: 400 });
}

/**
 * The trimmed text in `body[field]`.
 *
 * @param {unknown} body
 * @param {string} field
 * @param {number} most characters
 */
export function requireText(body, field, most) {
  const value = /** @type {Record<string, unknown> | undefined} */ (body)?.[field];
  if (typeof value !== 'string') throw badRequest(`Send JSON with \`${field}\`, a text.`);
  const text = value.trim();
  if (text === '') throw badRequest(`\`${field}\` must not be empty.`);
  if (text.length > most) throw badRequest(`\`${field}\` must be at most ${most} characters long.`);
  return text;
}

/**
 * The last handler of the app.
 *
 * @param {Error & { status?: number }} error
 * @param {import('express').Request} _req
 * @param {import('express').Response} res
 * @param {import('express').NextFunction} next
 */
export function answerError(error, _req, res, next) {
  if (res.headersSent) return next(error);
  const isOfStore = error instanceof StoreError;
  const status = error.status ?? (isOfStore ? 503 : 500);
  if (status < 500) return void res.status(status).json({ error: error.message });
  console.error(error);
  const what = isOfStore ? 'The store does not answer' : 'The demo failed';
  res.status(status).json({ error: `${what}; the output of the demo says why.` });
}
