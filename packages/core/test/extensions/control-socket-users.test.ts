// What other users of the machine may do to a cluster by its control socket: nothing.
import { chmod, chown, lstat, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDeployment, type Deployment, MUSTER } from '../../../../test/support/deployment.js';
import {
  canActAs,
  otherUser,
  runAs,
  serviceUser,
  type User,
} from '../../../../test/support/other-user.js';
import { runProgram } from '../../../../test/support/program.js';
import { freePort } from '../../../../test/support/redis/free-port.js';

const CALLER = new URL('../fixtures/socket-caller.js', import.meta.url);
const SQUATTER = new URL('../fixtures/squatter.js', import.meta.url);
const SERVER = new URL('../fixtures/server.js', import.meta.url);

/** As /tmp is: everybody may make files there, and remove their own. */
let shared: string;

beforeEach(async () => {
  shared = await mkdtemp(join(tmpdir(), 'mu-'));
  await chmod(shared, 0o1777);
});

afterEach(() => rm(shared, { recursive: true, force: true }));

async function squat(what: string, path: string): Promise<AsyncDisposable> {
  const squatter = runAs(otherUser, SQUATTER, { args: [what, path] });
  await squatter.printed(/^made/m);
  return squatter;
}

const can = canActAs(serviceUser, 'a cluster’s control socket, with another user in its way', {
  reads: [MUSTER],
});

describe.runIf(can)('a cluster of a service user', () => {
  let deployment: Deployment;

  beforeEach(async () => {
    deployment = await createDeployment({ user: serviceUser });
  });

  afterEach(() => deployment[Symbol.asyncDispose]());

  it('answers that user, and no other', async () => {
    const cluster = deployment.start(['server.cjs', '-w', '1']);
    const [, socket = ''] = await cluster.printed(/control socket (\S+)/);
    await cluster.printed(/worker 0 .* is ready/);
    expect(await deployment.muster(['status'])).toMatchObject({ code: 0, stderr: '' });
    await using friend = runAs(serviceUser, CALLER, { args: [socket] });
    await friend.printed(/answered: .*"pid"/);
    await using enemy = runAs(otherUser, CALLER, { args: [socket] });
    await enemy.printed(/refused: .*EACCES/);

    const asked = { env: {}, cwd: '/', user: otherUser };
    for (const call of ['status', 'stop']) {
      const { code, stderr } = await deployment.muster([call, '--socket', socket], asked);
      expect(stderr).toMatch(/^muster: \S+ cannot be connected to \(EACCES\)\. Run .*\)\n$/);
      expect(code).toBe(1);
      const found = await deployment.muster([call], asked);
      expect(found.stderr).toMatch(/^muster: No cluster can be looked for. \S+: .*EACCES.*\n$/);
    }
    // Its folder is not the other user's either, where it is open to look at.
    await chmod(deployment.runtimeFolder, 0o755);
    await chmod(join(deployment.runtimeFolder, `muster-${serviceUser.uid}`), 0o755);
    const { code, stderr } = await deployment.muster(['stop', '--socket', socket], asked);
    expect(stderr).toMatch(
      /^muster: \S+ is not connected to: it belongs to the user with id 20002\. Run .*\)\n$/,
    );
    expect(code).toBe(1);
    expect(await deployment.muster(['status'])).toMatchObject({ code: 0, stderr: '' });
  });

  it.each(['folder', 'link'])(
    'passes over a %s that somebody else has put in the temp folder',
    async (what) => {
      await using _ = await squat(what, join(shared, `muster-${serviceUser.uid}`));
      const session = join(deployment.app, '..', 'session');
      await mkdir(session, { mode: 0o700 });
      await chown(session, serviceUser.uid, serviceUser.gid);
      const env = { MUSTER_RUNTIME_DIR: '', XDG_RUNTIME_DIR: session, TMPDIR: shared };
      const cluster = deployment.start(['server.cjs', '-w', '1', '--name', 'shop'], env);
      await cluster.printed(/control socket \S+session\/muster\/shop\.sock/);
      await cluster.printed(/worker 0 .* is ready/);
      for (const call of ['status', 'reload', 'stop']) {
        const { code, stderr } = await deployment.muster([call], { env });
        expect({ call, code }).toEqual({ call, code: 0 });
        expect(stderr).toMatch(/^muster: passed over \S+muster-20002: it .*\.\n$/);
      }
      expect(await cluster.exited).toMatchObject({ code: 0 });
      expect((await lstat(join(shared, `muster-${serviceUser.uid}`))).uid).toBe(otherUser.uid);
    },
  );

  it.each([[], ['--name', 'shop']])(
    'runs without a control socket where no place is safe, and says so: %j',
    async (...args) => {
      await using _ = await squat('folder', join(shared, `muster-${serviceUser.uid}`));
      const env = { MUSTER_RUNTIME_DIR: '', XDG_RUNTIME_DIR: '', TMPDIR: shared };
      const cluster = deployment.start(['server.cjs', '-w', '1', ...args], env);
      await cluster.printed(
        /has no control socket\. \S+ cannot .*: it belongs to the user with id 20001\./,
      );
      await cluster.printed(/worker 0 .* is ready/);
      expect(await deployment.ask()).toMatchObject({ version: 'one' });
      const { code, stderr } = await deployment.muster(['status'], { env });
      expect(stderr).toMatch(/^muster: No cluster can be looked for\. \S+: it belongs to .*\n$/);
      expect(code).toBe(1);
    },
  );
});

describe.runIf(can)('a control socket in a folder that is shared', () => {
  it('leaves the folder and all that others have in it as they are', async () => {
    await using deployment = await createDeployment();
    const theirs = ['web.sock', 'db.sock'].map((name) => join(shared, name));
    for (const path of theirs) {
      await using _ = await squat('dead socket', path);
    }
    // A service of the same user that died, too.
    await using own = runProgram(SQUATTER, { args: ['dead socket', join(shared, 'own.sock')] });
    await own.exited;
    const env = { MUSTER_RUNTIME_DIR: shared };
    const cluster = deployment.start(['server.cjs', '-w', '1', '-n', 'own'], env);
    await cluster.printed(/worker 0 .* is ready/);
    expect(await deployment.muster(['status', '-n', 'own'], { env })).toMatchObject({ code: 0 });
    expect(await deployment.muster(['stop'], { env })).toMatchObject({ code: 0 });
    expect((await readdir(shared)).sort()).toEqual(['db.sock', 'muster-0', 'own.sock', 'web.sock']);
    expect(await lstat(shared)).toMatchObject({ uid: 0, mode: 0o41777 });
  });

  it.each<[user: User | undefined, what: string, place: string, says: RegExp]>([
    [undefined, 'file', '.lock', /a\.sock\.lock is in the way: it belongs to the user with id/],
    [serviceUser, 'file', '.lock', /a\.sock\.lock is in the way: it belongs to the user with id/],
    [serviceUser, 'secret', '.lock', /is in the way: it belongs to the user with id 20001/],
    [serviceUser, 'fifo', '.lock', /is in the way: it is not a lock of Muster’s/],
    [serviceUser, 'folder', '.lock', /is in the way: it is not a lock of Muster’s/],
    [serviceUser, 'link', '.lock', /is in the way: it is not a lock of Muster’s/],
    [undefined, 'socket', '', /there already, and it belongs to the user with id 20001/],
    [serviceUser, 'socket', '', /there already, and it belongs to the user with id 20001/],
    [undefined, 'dead socket', '', /there already, and it belongs to the user with id 20001/],
    [serviceUser, 'file', '', /there already, and it is not a socket/],
    [serviceUser, 'link', '', /there already, and it is not a socket/],
  ])(
    'fails the start of %o at once where a %s of another is at its path%s',
    async (user, ...of) => {
      const [what, place, says] = of;
      const path = join(shared, 'a.sock');
      await using _ = await squat(what, path + place);
      const before = await lstat(path + place);
      await using cluster = runProgram(SERVER, {
        cwd: shared,
        env: {
          PORT: String(await freePort()),
          CLUSTER_OPTIONS: JSON.stringify({
            control: path,
            store: { url: `lmdb:${shared}/store` },
          }),
        },
        ...(user && { user }),
      });
      expect(await cluster.exited).toMatchObject({ code: 1 });
      expect(cluster.output()).toMatch(says);
      expect(cluster.output()).toContain('MUSTER_CONTROL_SOCKET');
      const after = await lstat(path + place);
      expect({ ...after, atimeMs: 0, atime: 0 }).toEqual({ ...before, atimeMs: 0, atime: 0 });
      if (what === 'file') expect(await readFile(path + place, 'utf8')).toBe('theirs');
    },
  );
});
