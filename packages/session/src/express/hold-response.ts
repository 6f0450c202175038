/**
 * express-session begins to send the response while it saves, but for its last byte. Whoever acts on the first bytes, such
 * as a client that follows a redirect, finds the session as it was before. So they wait here until it is saved.
 */

import { setImmediate } from 'node:timers';

/** What of node:http's ServerResponse is used. */
interface Response {
  cork(): void;
  uncork(): void;
  readonly writableFinished: boolean;
}

/** @param session of express-session, which knows its request; as express has it, that knows its response. */
export function holdResponse(
  session: unknown,
  save: Promise<void> | undefined,
): Promise<void> | undefined {
  const { req } = (session ?? {}) as { req?: { res?: Partial<Response> } };
  const res = req?.res;
  if (!save || typeof res?.cork !== 'function' || typeof res.uncork !== 'function') return save;
  res.cork();
  // After whoever waits for the save: it may end the response, which then goes out in one piece.
  const release = () => setImmediate(() => res.uncork?.());
  save.then(release, release);
  return save;
}
