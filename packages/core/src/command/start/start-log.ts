// The logger of `muster start`, which also notes the cluster's control socket and admin endpoint as they are logged.
import type { LogFields, Logger } from '../../cluster-options.js';
import { createJsonLogger } from './json-logger.js';

/** Where operators can reach a cluster. */
export interface Endpoints {
  /** The path of its control socket. */
  control?: string;
  /** The address of its admin endpoint. */
  admin?: string;
}

/** @param own the logger of a config, which JSON of the command line replaces */
export function createStartLog(
  json: boolean,
  own?: Logger,
): { logger: Logger; endpoints: Endpoints } {
  const endpoints: Endpoints = {};
  const to = json ? createJsonLogger() : (own ?? plainLogger);
  const logger: Logger = {
    info(fields, message) {
      note(endpoints, fields);
      to.info(fields, message);
    },
    warn: (fields, message) => to.warn(fields, message),
    error: (fields, message) => to.error(fields, message),
  };
  return { logger, endpoints };
}

function note(endpoints: Endpoints, { event, path, address }: LogFields): void {
  if (event === 'control.open') endpoints.control = String(path);
  if (event === 'admin.listening') endpoints.admin = String(address);
}

const plainLogger: Logger = {
  info: (_fields, message) => console.info(`muster: ${message}`),
  warn: (_fields, message) => console.warn(`muster: ${message}`),
  error: (_fields, message) => console.error(`muster: ${message}`),
};
