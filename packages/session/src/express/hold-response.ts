/**
 * express-session sends all but the last byte of the response while it saves. A client that acts on the first bytes, as one
 * that follows a redirect, would find the session as it was before. So the response waits here until the session is saved.
 */

import { setImmediate } from 'node:timers';

/** The part of node:http's ServerResponse that is used. */
interface Response {
  cork(): void;
  uncork(): void;
  readonly writableFinished: boolean;
}

/** @param session of express-session, which has its request as `req`; express gives that its response as `res`. */
export function holdResponse(
  session: unknown,
  save: Promise<void> | undefined,
): Promise<void> | undefined {
  const { req } = (session ?? {}) as { req?: { res?: Partial<Response> } };
  const res = req?.res;
  if (!save || typeof res?.cork !== 'function' || typeof res.uncork !== 'function') return save;
  res.cork();
  // After those that wait for the save: one may end the response, which then leaves in one piece.
  const release = () => setImmediate(() => res.uncork?.());
  save.then(release, release);
  return save;
}
