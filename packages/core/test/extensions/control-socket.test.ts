import { execFile } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isAlive, runProgram } from '../../../../test/support/program.js';
import { whileAwake } from '../../../../test/support/standstill.js';
import { createCallHandlers } from '../../dist/extensions/control/calls/call-handlers.js';
import {
  openRuntimeFolder,
  runtimeFolders,
  surveyFolders,
} from '../../dist/extensions/control/socket/runtime-folder.js';
import { claim, removeStaleSockets } from '../../dist/extensions/control/socket/socket-claim.js';
import { defaultName, isName } from '../../dist/extensions/control/socket/socket-name.js';
import { RefusedCallError, SocketClient } from '../../dist/extensions/control/socket-client.js';
import { type CallHandler, SocketServer } from '../../dist/extensions/control/socket-server.js';

const run = promisify(execFile);

let folder: string;
let path: string;
const servers: SocketServer[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-socket-'));
  path = join(folder, 'a.sock');
});

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
  await rm(folder, { recursive: true, force: true });
});

const handlers: Record<string, CallHandler> = {
  echo: (args) => args,
  fail: () => {
    throw Object.assign(new Error('no luck'), { code: 'MUSTER_X', slot: 3, stderr: ['why'] });
  },
  never: () => new Promise(() => {}),
  large: () => 'x'.repeat(1024 * 1024),
};

async function serve(timeoutMs?: number): Promise<void> {
  const server = new SocketServer(handlers, timeoutMs);
  servers.push(server);
  expect(await claim(server, path)).toBeTypeOf('function');
}

/** What the server says to these bytes until it hangs up. */
async function saidTo(bytes: string | Buffer): Promise<string> {
  const socket = connect(path);
  socket.write(bytes);
  return text(socket);
}

async function stillServes(): Promise<void> {
  const client = await SocketClient.connect(path);
  expect(await client.call('echo', { it: 'lives' })).toEqual({ it: 'lives' });
  client.close();
}

describe('the calls of a primary', () => {
  const asked: unknown[] = [];
  const nobody = { closed: new AbortController().signal };
  const roles = [{ role: 'web' }, { role: 'jobs' }];
  const note = (what: unknown) => {
    asked.push(what);
  };
  const cluster = { status: () => ({ roles }), reload: note, scale: note, restartWorker: note };
  const calls = createCallHandlers(
    { cluster, slotStatus: note } as never,
    () => ({}) as never,
    async () => [],
    {},
  );

  it.each([
    ['reload', { rol: 'x' }, 'reload: there is no option "rol". Did you mean "role"?'],
    ['reload', { role: null }, 'role: null is not a string.'],
    ['reload', { role: ['web'] }, 'role: a list of 1 is not a string.'],
    ['reload', { allowMissing: 'yes' }, 'allowMissing: "yes" is neither true nor false.'],
    ['scale', { workers: [2] }, 'workers: a list of 1 is not a number.'],
    ['scale', { workers: { web: '2' } }, 'workers of web: "2" is not a number.'],
    ['scale', { wokers: 2 }, 'scale: there is no option "wokers". Did you mean "workers"?'],
    [
      'scale',
      { workers: 2 },
      'There are 2 roles: say which one is to have how many, such as web=2.',
    ],
    ['restart', { slot: '0' }, 'slot: "0" is not a number.'],
    ['slot', {}, 'slot: undefined is not a number.'],
    ['stop', { force: 1 }, 'force: 1 is neither true nor false.'],
    ['status', { json: true }, 'status: there is no option "json". It takes none.'],
    ['console', {}, 'This cluster has no console. Start it with `--console`'],
    ['console', { url: 1 }, 'console: there is no option "url". It takes none.'],
    ['describe', { x: 1 }, 'describe: there is no option "x". It takes none.'],
  ])('%s %j is refused before anything is done', (name, args, says) => {
    expect(() => calls[name]?.(args, nobody)).toThrow(says);
    expect(asked).toEqual([]);
  });
});

describe('a control socket', () => {
  it('refuses an argument beside args, and arguments that are no object', async () => {
    await serve();
    const line = (call: object) => `${JSON.stringify({ v: 1, id: 1, ...call })}\n`;
    expect(await saidTo(`${line({ call: 'echo', rol: 'x' })}x\n`)).toContain(
      'A call has no \\"rol\\": its arguments are in args.',
    );
    expect(await saidTo(line({ call: 'echo', args: ['web'] }))).toContain('This is no call');
  });

  it('answers calls, each with its own', async () => {
    await serve();
    const client = await SocketClient.connect(path);
    const never = client.call('never').catch((error: Error) => error.message);
    expect(await Promise.all([1, 2, 3].map((n) => client.call('echo', { n })))).toEqual([
      { n: 1 },
      { n: 2 },
      { n: 3 },
    ]);
    await expect(client.call('never', {}, { timeoutMs: 10 })).rejects.toMatchObject({
      code: 'MUSTER_CONTROL_SOCKET',
    });
    client.close();
    expect(await never).toContain('ended the connection');
    await expect(client.call('echo')).rejects.toMatchObject({ code: 'MUSTER_CONTROL_SOCKET' });
  });

  it('carries an error, and what it says of itself', async () => {
    await serve();
    const client = await SocketClient.connect(path);
    const error: unknown = await client.call('fail').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RefusedCallError);
    expect((error as RefusedCallError).answered).toEqual({
      message: 'no luck',
      code: 'MUSTER_X',
      details: { slot: 3, stderr: ['why'] },
    });
    await expect(client.call('toString')).rejects.toThrow('There is no call "toString"');
    client.close();
  });

  it('is its owner’s alone', async () => {
    await serve();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it.each([
    { what: 'a line that never ends', bytes: 'x'.repeat(1_000_000), answer: /at most 65536 bytes/ },
    { what: 'no JSON', bytes: 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', answer: /This is no call/ },
    { what: 'JSON that is no call', bytes: '[1]\n', answer: /This is no call/ },
    { what: 'null', bytes: 'null\n', answer: /This is no call/ },
    { what: 'bytes', bytes: Buffer.from([0xff, 0xfe, 0, 10]), answer: /This is no call/ },
    {
      what: 'another version',
      bytes: '{"v":9,"id":4,"call":"echo"}\n',
      answer: /"id":4.*version 1 /,
    },
    { what: 'nested arrays', bytes: `{"a":${'['.repeat(30_000)}\n`, answer: /This is no call/ },
  ])('answers $what with an error, hangs up, and goes on', async ({ bytes, answer }) => {
    await serve();
    expect(await saidTo(bytes)).toMatch(answer);
    await stillServes();
  });

  it('hangs up on who says nothing, or half a call', async () => {
    await serve(50);
    expect(await saidTo('')).toBe('');
    expect(await saidTo('{"v":1,"id":1,')).toBe('');
    // It does so to whoever is slow.
    await vi.waitFor(stillServes);
  });

  it('waits with a call that takes long, whatever the patience', async () => {
    await serve(200);
    await whileAwake(async () => {
      const client = await SocketClient.connect(path);
      let over = false;
      void client.call('never').catch(() => {
        over = true;
      });
      for (let i = 0; i < 3; i++) expect(await saidTo('')).toBe('');
      expect(over).toBe(false);
      client.close();
    });
  });

  it('cuts off who asks and never reads', async () => {
    await serve();
    const socket = connect(path);
    socket.on('error', () => {});
    socket.pause();
    socket.write('{"v":1,"id":1,"call":"large"}\n'.repeat(200));
    // Reading would help it; its writes tell as well that the other end is gone.
    await vi.waitFor(
      () => {
        socket.write('{"v":1,"id":1,"call":"echo"}\n');
        expect(socket.destroyed).toBe(true);
      },
      { timeout: 20_000, interval: 20 },
    );
    await stillServes();
  });

  it('serves on when there are too many, and when they have gone', async () => {
    await serve();
    const crowd = Array.from({ length: 100 }, () => connect(path).on('error', () => {}));
    await Promise.race(crowd.map((socket) => once(socket, 'close')));
    for (const socket of crowd) socket.destroy();
    await vi.waitFor(stillServes, 10_000);
  });

  it('goes with its server, and takes its connections along', async () => {
    const server = new SocketServer(handlers);
    const release = await claim(server, path);
    const client = await SocketClient.connect(path);
    await server.close();
    release?.();
    await client.closed;
    await expect(SocketClient.connect(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('the path of a control socket', () => {
  it('is not taken from a primary that lives', async () => {
    await serve();
    const second = new SocketServer({});
    expect(await claim(second, path)).toBeUndefined();
    await stillServes();
  });

  it('is taken over from one that was killed, by one of all that want it', async () => {
    const script = join(import.meta.dirname, '../fixtures/socket-owner.js');
    const program = runProgram(script, { env: { SOCKET: path } });
    await program.printed(/listening/);
    await program[Symbol.asyncDispose]();
    expect(program.pid && isAlive(program.pid)).toBe(false);
    expect((await stat(path)).isSocket()).toBe(true);

    const rivals = Array.from({ length: 20 }, () => new SocketServer(handlers));
    servers.push(...rivals);
    const won = await Promise.all(rivals.map((rival) => claim(rival, path)));
    expect(won.filter(Boolean)).toHaveLength(1);
    await stillServes();
  });

  it('does not stay behind for ever: the dead of a folder are removed, and nothing else', async () => {
    const script = join(import.meta.dirname, '../fixtures/socket-owner.js');
    const dead = ['b.sock', 'c.sock'].map((file) => join(folder, file));
    for (const each of dead) {
      const program = runProgram(script, { env: { SOCKET: each } });
      await program.printed(/listening/);
      await program[Symbol.asyncDispose]();
    }
    await serve();
    await writeFile(join(folder, 'notes.txt'), '');
    await Promise.all(Array.from({ length: 5 }, () => removeStaleSockets(folder)));
    expect((await readdir(folder)).sort()).toEqual(['a.sock', 'notes.txt']);
    await stillServes();
  });

  it('is refused where the system would cut it', async () => {
    path = join(folder, `${'x'.repeat(100)}.sock`);
    await expect(claim(new SocketServer({}), path)).rejects.toThrow(
      /bytes long, and a socket's may have 103/,
    );
  });

  it('is refused where there is something else, which is left alone', async () => {
    await writeFile(path, 'precious');
    await expect(claim(new SocketServer({}), path)).rejects.toThrow(/there already, and it is not/);
    expect(await readFile(path, 'utf8')).toBe('precious');
    const link = join(folder, 'link.sock');
    await symlink('a.sock', link);
    await expect(claim(new SocketServer({}), link)).rejects.toThrow(/there already, and it is not/);
    expect(await readlink(link)).toBe('a.sock');
  });

  it.each<[what: string, make: (lock: string) => unknown]>([
    ['a folder', (lock) => mkdir(lock)],
    ['a FIFO', (lock) => run('mkfifo', [lock])],
    ['a link', (lock) => symlink('/etc/passwd', lock)],
    ['a link that leads nowhere', (lock) => symlink('nowhere', lock)],
    ['a socket', async (lock) => once(createServer().listen(lock).unref(), 'listening')],
  ])('is refused at once where its lock is %s', async (_what, make) => {
    await make(`${path}.lock`);
    await expect(claim(new SocketServer({}), path)).rejects.toThrow(
      /a\.sock\.lock is in the way: it is not a lock of Muster’s\.$/,
    );
    expect((await lstat(`${path}.lock`)).isFile()).toBe(false);
  });

  it.each<[what: string, time: Date]>([
    ['long ago', new Date(0)],
    ['in the future', new Date(Date.now() + 86_400_000)],
  ])('is taken where its lock was left behind %s', async (_what, time) => {
    await writeFile(`${path}.lock`, '');
    await utimes(`${path}.lock`, time, time);
    await serve();
    expect(await readdir(folder)).toEqual(['a.sock']);
  });

  it('is not made where anybody may replace it', async () => {
    await chmod(folder, 0o777);
    await expect(claim(new SocketServer({}), path)).rejects.toThrow(/anybody may replace/);
    await chmod(folder, 0o1777);
    await serve();
  });

  it('is left to who has it by then when it is given back', async () => {
    const server = new SocketServer(handlers);
    const release = await claim(server, path);
    await rm(path);
    await serve();
    await server.close();
    release?.();
    await stillServes();
  });

  it('is refused where its folder is not there', async () => {
    path = join(folder, 'nowhere', 'a.sock');
    await expect(claim(new SocketServer({}), path)).rejects.toMatchObject({
      code: 'MUSTER_CONTROL_SOCKET',
    });
  });
});

describe('the runtime folder', () => {
  it('is of the session, else in the temp folder, else as it is told', async () => {
    const temporary = join(tmpdir(), `muster-${process.getuid?.()}`);
    expect(runtimeFolders({})).toEqual([temporary]);
    expect(runtimeFolders({ XDG_RUNTIME_DIR: folder })).toEqual([
      join(folder, 'muster'),
      temporary,
    ]);
    expect(runtimeFolders({ XDG_RUNTIME_DIR: '/nowhere' })).toEqual([temporary]);
    expect(runtimeFolders({ XDG_RUNTIME_DIR: folder, MUSTER_RUNTIME_DIR: '/x' })).toEqual([
      `/x/muster-${process.getuid?.()}`,
    ]);
  });

  it('is made for its owner alone, with the folder that holds it', async () => {
    const made = join(folder, 'run', 'made');
    openRuntimeFolder(made);
    for (const each of [made, join(folder, 'run')]) {
      expect((await stat(each)).mode & 0o777).toBe(0o700);
    }
    const other = join(folder, 'other');
    expect(surveyFolders([other, made])).toEqual({ usable: [made], refused: [] });
  });

  it('is left as it is where it was there', async () => {
    await mkdir(join(folder, 'run'), { mode: 0o755 });
    await chmod(folder, 0o1777);
    openRuntimeFolder(join(folder, 'run'));
    expect((await stat(join(folder, 'run'))).mode & 0o777).toBe(0o755);
    expect((await stat(folder)).mode & 0o7777).toBe(0o1777);
  });

  it('is passed over where it is not to be trusted, each by itself', async () => {
    const make = async (name: string, mode: number) => {
      const made = join(folder, name);
      await mkdir(made);
      await chmod(made, mode);
      return made;
    };
    const good = await make('good', 0o755);
    const open = await make('open', 0o777);
    const link = join(folder, 'link');
    await symlink(good, link);
    const file = join(folder, 'file');
    await writeFile(file, '');
    // Root can give a folder away, and nobody else has one of root's.
    let others = '/usr';
    if (process.getuid?.() === 0) {
      others = await make('others', 0o700);
      await chown(others, 12_345, 12_345);
    }
    const faults = [
      { folder: open, fault: 'others may write to it' },
      { folder: link, fault: 'it is a symbolic link' },
      { folder: file, fault: 'it is not a folder' },
      { folder: others, fault: expect.stringMatching(/^it belongs to the user with id \d+$/) },
      { folder: join(open, 'in'), fault: 'anybody may replace what is in its folder' },
    ];
    await mkdir(join(open, 'in'));
    const all = [...faults.map((one) => one.folder), good];
    expect(surveyFolders(all)).toEqual({ usable: [good], refused: faults });
    for (const { folder } of faults) {
      expect(() => openRuntimeFolder(folder)).toThrow(`${folder} cannot be used for control`);
    }
    expect((await stat(open)).mode & 0o777).toBe(0o777);
  });
});

describe('the name of a cluster', () => {
  it('is the same for the same app in the same place, and for no other', () => {
    const name = defaultName('/srv/shop', '/srv/shop/app.js');
    expect(name).toMatch(/^shop-[0-9a-f]{6}$/);
    expect(defaultName('/srv/shop', '/srv/shop/app.js')).toBe(name);
    expect(defaultName('/srv/shop', '/srv/shop/other.js')).not.toBe(name);
    expect(defaultName('/opt/shop', '/srv/shop/app.js')).not.toBe(name);
    expect(isName(defaultName('/', '/ü/index.js'))).toBe(true);
    expect(isName(defaultName(`/${'x'.repeat(200)}`, '/a.js'))).toBe(true);
  });

  it.each(['', '.', '../x', 'a/b', '-x', 'a b', 'x'.repeat(41), 'a\n'])('is not %j', (name) => {
    expect(isName(name)).toBe(false);
  });
});

// A server that never accepts: `claim` must not take it for a dead one.
it('a primary that hangs is alive', async () => {
  path = join(folder, 'hung.sock');
  const hung = createServer().listen({ path, backlog: 1 });
  await once(hung, 'listening');
  expect(await claim(new SocketServer({}), path)).toBeUndefined();
  hung.close();
});
