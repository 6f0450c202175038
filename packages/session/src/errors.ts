// The errors of the session stores. What the shared store rejects with comes through as it is.
import { MusterError } from '@muster/codec';

/** What was to be saved is no session: not an object, or one that JSON cannot write. Nothing was stored. */
export class InvalidSessionError extends MusterError {
  readonly code = 'MUSTER_INVALID_SESSION';
}
