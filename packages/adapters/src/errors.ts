// The error of the adapters. What the store and the bus reject with comes through as it is.
import { MusterError } from '@muster/codec/errors';

/** An adapter was imported whose peer, a package that the app has to install, is missing. */
export class MissingPeerError extends MusterError {
  readonly code = 'MUSTER_MISSING_PEER';
  /** The name of the package to install. */
  readonly peer: string;

  constructor(adapter: string, peer: string, options?: ErrorOptions) {
    super(
      `@muster/adapters/${adapter} needs the package ${peer}, which is not installed: run \`npm install ${peer}\``,
      options,
    );
    this.peer = peer;
  }
}
