// Warns once if the server does not let this user track keys. Near caches then send every read to the server.

let hasWarned = false;

/** @param reason why the keys could not be watched. */
export function warnThatForbidden(reason: unknown): void {
  const message = reason instanceof Error ? reason.message : '';
  // Refused by an ACL, or by a proxy or a service without the command.
  if (hasWarned || !/NOPERM|unknown (sub)?command|not supported/i.test(message)) return;
  hasWarned = true;
  process.emitWarning(
    `Near caches keep nothing, and every read asks the server, since it does not let this user track keys (CLIENT TRACKING): ${message}`,
    { code: 'MUSTER_NEAR_OFF' },
  );
}
