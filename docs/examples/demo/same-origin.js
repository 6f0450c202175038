// Keeps other web pages out: a page of another site may send requests to this machine from the browser of its user, and may make its
// own name lead here (DNS rebinding).
import { isIP } from 'node:net';

/**
 * A handler that answers only to an IP address, `localhost` and `host` in the Host header. What changes something, a POST, must have
 * a body of JSON and come from a page of the same origin, or from no page at all, as from curl.
 *
 * @param {string} host what the server listens on
 * @returns {import('express').RequestHandler}
 */
export function refuseForeign(host) {
  const names = new Set(['localhost', host.toLowerCase()]);
  return (req, res, next) => {
    res.set({
      'content-security-policy': "default-src 'self'; frame-ancestors 'none'; base-uri 'none'",
      'x-content-type-options': 'nosniff',
    });
    const asked = urlOf(`http://${req.headers.host}`);
    const name = asked?.hostname.replace(/^\[|\]$/g, '') ?? '';
    if (!isIP(name) && !names.has(name)) {
      return void res
        .status(421)
        .json({ error: 'The demo does not answer to this name: use its IP address.' });
    }
    if (req.method !== 'POST') return next();
    const { origin } = req.headers;
    if (origin !== undefined && urlOf(origin)?.host !== asked?.host) {
      return void res.status(403).json({ error: 'This request comes from another page.' });
    }
    if (!req.is('application/json')) {
      return void res.status(415).json({ error: 'Send JSON, with its content type.' });
    }
    next();
  };
}

/** @param {string} text */
function urlOf(text) {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
