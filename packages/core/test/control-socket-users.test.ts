// What other users of the machine may do to a cluster by its control socket: nothing.
import { expect, it } from 'vitest';
import { createDeployment, MUSTER } from '../../../test/support/deployment.js';
import { canActAs, otherUser, runAs, serviceUser } from '../../../test/support/other-user.js';

const CALLER = new URL('./fixtures/socket-caller.js', import.meta.url);

const reads = [MUSTER];

it.runIf(canActAs(serviceUser, 'a cluster of a service user, called by others', { reads }))(
  'a cluster answers the user that it runs as, and no other',
  async () => {
    await using deployment = await createDeployment({ user: serviceUser });
    const cluster = deployment.start(['server.cjs', '-w', '1']);
    const [, socket = ''] = await cluster.printed(/control socket (\S+)/);
    await cluster.printed(/worker 0 .* is ready/);
    expect(await deployment.muster(['status'])).toMatchObject({ code: 0, stderr: '' });
    await using friend = runAs(serviceUser, CALLER, { args: [socket] });
    await friend.printed(/answered: .*"pid"/);
    await using enemy = runAs(otherUser, CALLER, { args: [socket] });
    await enemy.printed(/refused: .*EACCES/);
  },
);
