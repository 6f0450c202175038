// `@muster/bus/machines`: for what joins the buses of several machines. There is one of these in a process, in the primary.

import { InvalidMemberError } from './errors.js';
import type { Gateway, Uplink } from './machines/gateway.js';
import { openGateway as openGatewayOf } from './machines/router-gateway.js';
import { processHub } from './process/process-hub.js';

export type { Batch, Gateway, Host, Uplink } from './machines/gateway.js';
export { MACHINE_NAME, nameOfHost } from './members/machine.js';

/** @throws InvalidMemberError in a worker: the primary joins its machine */
export function openGateway(uplink: Uplink): Gateway {
  const { router } = processHub();
  if (router === undefined) throw new InvalidMemberError('only the primary joins other machines');
  return openGatewayOf(router, uplink);
}
