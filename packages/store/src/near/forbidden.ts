// A server that does not let its users track keys: near caches read through, and the process is told once.

let hasWarned = false;

/** @param reason why the keys could not be watched. */
export function warnThatForbidden(reason: unknown): void {
  const message = reason instanceof Error ? reason.message : '';
  // By an ACL, or by a proxy or a service without the command.
  if (hasWarned || !/NOPERM|unknown (sub)?command|not supported/i.test(message)) return;
  hasWarned = true;
  process.emitWarning(
    `Near caches keep nothing, and every read asks the server, since it does not let this user track keys (CLIENT TRACKING): ${message}`,
    { code: 'MUSTER_NEAR_OFF' },
  );
}
