// Ids of sessions that Muster makes.
import { randomBytes } from 'node:crypto';

/** 32 characters of which nobody can guess one: whoever knows an id can act as its user. */
export const newId = (): string => randomBytes(24).toString('base64url');
