// What a client may send: text of a bounded length, and else a 400 that says what was wrong.

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
 * @param {Error & { status?: number, code?: string }} error
 * @param {import('express').Request} _req
 * @param {import('express').Response} res
 * @param {import('express').NextFunction} next
 */
export function answerError(error, _req, res, next) {
  if (res.headersSent) return next(error);
  const status = error.status ?? (String(error.code).startsWith('MUSTER_STORE') ? 503 : 500);
  if (status >= 500) console.error(error);
  res
    .status(status)
    .json({ error: status >= 500 ? 'The demo failed; its output says why.' : error.message });
}
