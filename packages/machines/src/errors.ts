// The errors of machines. Each code has a heading in docs/errors.md.

import { MusterError } from '@muster/codec/errors';

export { InvalidOptionError } from '@muster/codec/errors';

/** The log that joins the machines cannot be reached, or refuses an entry. It is tried again. */
export class LinkError extends MusterError {
  readonly code = 'MUSTER_MACHINES_LINK';

  constructor(what: string, cause: Error | undefined) {
    super(
      `The link to the other machines: ${what}${cause === undefined ? '' : ` (${cause.message})`}. It is tried again; messages of this machine go on`,
      cause === undefined ? {} : { cause },
    );
  }
}
