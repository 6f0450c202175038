// Versions: each text of a session gets one that no other text has.
import { randomBytes } from 'node:crypto';

export const VERSION_LENGTH = 20;

/** Of this process: no other one has it, nor this one after a restart. */
const origin = randomBytes(9).toString('base64url');
let made = 0;

export function newVersion(): string {
  made += 1;
  return origin + made.toString(36).padStart(VERSION_LENGTH - origin.length, '0');
}
