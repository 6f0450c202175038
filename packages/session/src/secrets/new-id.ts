// The ids that Muster gives to sessions.
import { randomBytes } from 'node:crypto';

/** 32 characters, 192 random bits: anybody who could guess an id could act as its user. */
export const newId = (): string => randomBytes(24).toString('base64url');
