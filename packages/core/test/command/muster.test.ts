import { execFile } from 'node:child_process';
import { copyFile, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDeployment, type Deployment, MUSTER } from '../../../../test/support/deployment.js';
import { childrenOf } from '../../../../test/support/processes.js';
import { isAlive } from '../../../../test/support/program.js';

const run = promisify(execFile);

let deployment: Deployment;

beforeEach(async () => {
  deployment = await createDeployment();
});

afterEach(() => deployment[Symbol.asyncDispose]());

/** Runs the server on two workers, and settles when both serve. */
async function start(...args: string[]) {
  const program = deployment.start(['server.cjs', '-w', '2', ...args]);
  const [, socket = ''] = await program.printed(/control socket (\S+)/);
  for (const slot of [0, 1]) await program.printed(new RegExp(`worker ${slot} .* is ready`));
  return { program, socket, name: /([^/]+)\.sock$/.exec(socket)?.[1] ?? '' };
}

async function status(...args: string[]) {
  const { stdout } = await deployment.muster(['status', '--json', ...args]);
  return JSON.parse(stdout) as {
    name: string;
    pid: number;
    state: string;
    roles: { workers: number; ready: number }[];
    workers: { slot: number; pid: number; generation: number; state: string }[];
  };
}

describe('the muster command', () => {
  it('runs a plain server in a cluster, shows it, changes it, and stops it', async () => {
    const { program, name } = await start('--', '--port', 'x');
    const { args, version } = await deployment.ask();
    expect({ args, version }).toEqual({ args: ['--port', 'x'], version: 'one' });

    const shown = await deployment.muster(['status']);
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toMatch(
      new RegExp(
        `^${name}  running  2 of 2 ready  up \\d+s  primary ${program.pid}\nhttp://127.0.0.1:${deployment.port}\n\nSLOT`,
      ),
    );
    expect(shown.stdout).toMatch(
      /^SLOT +PID +GEN +STATE +UPTIME +RESTARTS +CRASHES +CPU +MEMORY +DELAY +CONNS +REQ\/S/m,
    );
    expect(shown.stdout.match(/^ +[01] +\d+ +1 +ready /gm)).toHaveLength(2);
    // Whoever reads a pipe wants no colours.
    expect(shown.stdout).not.toContain('\u001b');
    expect(await deployment.muster(['status', '--machines'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('start it with `--machines`'),
    });
    const top = await deployment.muster(['top']);
    expect(top).toMatchObject({ code: 0, stderr: '' });
    expect(top.stdout).toMatch(/^ +0 +\d+ +1 +ready /m);

    await deployment.deploy('two');
    expect(await deployment.muster(['reload'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^reloaded 2 workers in \d+s\n$/),
    });
    expect(await deployment.ask()).toMatchObject({ version: 'two' });

    expect(await deployment.muster(['scale', '3'])).toMatchObject({
      code: 0,
      stdout: 'scaled to 3\n',
    });
    expect((await status()).workers.map(({ generation }) => generation)).toEqual([2, 2, 1]);
    expect(await deployment.muster(['scale', 'worker=1'])).toMatchObject({ code: 0 });
    const restarted = await deployment.muster(['restart', '0']);
    expect(restarted.stdout).toMatch(/^slot 0 restarted: pid \d+, generation 3\n$/);
    const { workers } = await status();
    expect(workers).toMatchObject([{ slot: 0, generation: 3, state: 'ready' }]);

    expect(await deployment.muster(['stop'])).toMatchObject({
      code: 0,
      stdout: `${name} stopped\n`,
    });
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(workers.filter(({ pid }) => isAlive(pid))).toEqual([]);
    expect(await deployment.muster(['status'])).toMatchObject({ code: 3 });
  });

  it('tells why a reload was aborted, with what the new worker printed', async () => {
    await start();
    await deployment.deploy('broken');
    const { code, stdout, stderr } = await deployment.muster(['reload']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/\(MUSTER_RELOAD_FAILED\)\nThe last lines of its stderr:\n/);
    expect(stderr).toMatch(/^ {2}Error: this version does not start$/m);
    expect(await deployment.ask()).toMatchObject({ version: 'one' });
    expect((await status()).roles).toMatchObject([{ workers: 2, ready: 2 }]);
    // The slot that it was tried in counts what it shows.
    const slots = ['0', '1'].map((slot) => deployment.muster(['describe', slot]));
    const tried = (await Promise.all(slots)).map(({ stdout }) => stdout).join('\n');
    expect(tried.match(/^generation \d+ {2}crash/gm)).toHaveLength(1);
    expect(tried).toMatch(/^ {2}restarts +1, 1 of them crashes$/m);
  });

  it('passes on what is refused, survives nonsense, says that a primary does not answer, and stops by force', async () => {
    const { program, socket, name } = await start();
    for (const { args, says } of [
      { args: ['reload', 'jobs'], says: /There is no role "jobs"/ },
      { args: ['scale', 'jobs=2'], says: /There is no role "jobs"/ },
      { args: ['restart', '9'], says: /There is no slot 9/ },
    ]) {
      const { code, stderr } = await deployment.muster(args);
      expect(stderr).toMatch(says);
      expect(code).toBe(2);
    }
    // A reader that leaves is no trouble.
    const { stdout, stderr } = await run(
      'sh',
      ['-c', `"${process.execPath}" "${MUSTER}" status --json | head -c 1`],
      { cwd: deployment.app, env: { ...process.env, ...deployment.env } },
    );
    expect({ stdout, stderr }).toEqual({ stdout: '{', stderr: '' });

    for (const nonsense of [
      'GET / HTTP/1.1\r\n\r\n',
      'x'.repeat(200_000),
      '{"v":1,"id":1,"call":"reload"}\n',
    ]) {
      const client = connect(socket).on('error', () => {});
      await new Promise<void>((resolve) => client.write(nonsense, () => resolve()));
      client.destroy();
    }
    // The reload that was asked for is done, although nobody waits for it.
    for (const slot of [0, 1]) {
      await program.printed(new RegExp(`worker ${slot} .*generation 2.* is ready`));
    }
    expect((await status()).workers.map(({ generation }) => generation)).toEqual([2, 2]);

    program.kill('SIGSTOP');
    const answers = await Promise.all([
      deployment.muster(['status']),
      deployment.muster(['reload', '--name', name]),
      deployment.muster(['list']),
    ]);
    program.kill('SIGCONT');
    for (const { stderr } of answers) expect(stderr).toMatch(/does? not answer|did not answer/);
    expect(answers.map(({ code }) => code)).toEqual([1, 1, 0]);
    expect(await deployment.muster(['status'])).toMatchObject({ code: 0 });

    const open = connect(deployment.port, '127.0.0.1').on('error', () => {});
    open.write('GET / HTTP/1.1\r\n');
    expect(await deployment.muster(['stop', '--force'])).toMatchObject({ code: 0 });
    expect(await program.exited).toEqual({ code: 1, signal: null });
    open.destroy();
  });

  it.each([
    { named: 'by its path', path: (app: string) => join(app, 'current/server.js') },
    { named: 'as the main module of a folder', path: () => './current' },
  ])('a server $named follows the link that a deploy moves', async ({ path }) => {
    const { app } = deployment;
    const release = async (name: string) => {
      await mkdir(join(app, name));
      await copyFile(join(app, 'server.cjs'), join(app, name, 'server.js'));
      await writeFile(join(app, name, 'package.json'), '{ "main": "server.js" }');
      await writeFile(join(app, name, 'version.txt'), name);
      await symlink(name, join(app, 'next'));
      await rename(join(app, 'next'), join(app, 'current'));
    };
    await release('first');
    const program = deployment.start([path(app), '-w', '1']);
    await program.printed(/worker 0 .* is ready/);
    expect(await deployment.ask()).toMatchObject({ version: 'first' });
    await release('second');
    expect(await deployment.muster(['reload'])).toMatchObject({ code: 0, stderr: '' });
    expect(await deployment.ask()).toMatchObject({ version: 'second' });
  });

  it('exits with 1 where the server does not start, and says why', async () => {
    await deployment.deploy('broken');
    const broken = deployment.start(['server.cjs', '-w', '1']);
    expect(await broken.exited).toEqual({ code: 1, signal: null });
    expect(broken.output()).toContain('this version does not start');
    expect(broken.output()).toMatch(/^muster: .*\(MUSTER_WORKER_START\)$/m);
  });

  it('shows one row for each slot while a reload goes on, and how far that is', async () => {
    // The first new worker is watched for longer than a command takes.
    await start('--watch-ms', '4s');
    const reloaded = deployment.muster(['reload']);
    const screens = new Set<string>();
    let done = false;
    void reloaded.then(() => {
      done = true;
    });
    while (!done) {
      screens.add((await deployment.muster(['status'])).stdout);
      await setTimeout(1_000);
    }
    expect(await reloaded).toMatchObject({ code: 0 });
    const all = [...screens].join('\n');
    expect(all).toMatch(/running \(reload [01]\/2\) {2}2 of 2 ready/);
    expect(all).toMatch(/ ready, gen 2 (starting|watched) /);
    for (const screen of screens) expect(screen.match(/^ +\d .*$/gm)).toHaveLength(2);
  });

  it('says in ps what each process is, unless the app has a name for itself', async () => {
    const program = deployment.start(['server.cjs', '-w', '2', '--name', 'blue'], { TITLE: '' });
    for (const slot of [0, 1]) await program.printed(new RegExp(`worker ${slot} .* is ready`));
    const titles = async () => {
      const pids = [program.pid ?? 0, ...childrenOf(program.pid ?? 0)].join();
      const { stdout } = await run('ps', ['-o', 'args=', '-p', pids]);
      return stdout.trim().split('\n');
    };
    expect(await titles()).toEqual([
      'muster: blue primary',
      'muster: blue worker 0',
      'muster: blue worker 1',
      expect.stringMatching(/^\/bin\/sh -c eval "\$GUARDIAN" muster: blue guardian \d+$/),
    ]);
    program.kill('SIGTERM');
    await program.exited;
    const other = deployment.start(['server.cjs', '-w', '1'], { TITLE: 'my own' });
    await other.printed(/worker 0 .* is ready/);
    const [worker = 0] = childrenOf(other.pid ?? 0);
    expect((await run('ps', ['-o', 'args=', '-p', String(worker)])).stdout.trim()).toBe('my own');
  });

  it('tells of a crash where it shows the slot, and all of it where it describes that', async () => {
    await start('--', '--token', 'abc');
    await deployment.ask('/crash-loudly').catch(() => {});
    const shown = await vi.waitFor(async () => {
      const { stdout } = await deployment.muster(['status']);
      expect(stdout).toContain('2 of 2 ready');
      expect(stdout).toMatch(/^crash /m);
      return stdout;
    }, 20_000);
    const lines = shown.trimEnd().split('\n');
    const crash = lines.findIndex((line) => line.startsWith('crash '));
    expect(lines[crash]).toMatch(
      /^crash {2}slot \d, generation 1 exited with code 1, \d+s ago, after \d+s$/,
    );
    expect(lines.slice(crash + 1)).toEqual([
      '  Error: a loud end  ?of a kind',
      expect.stringMatching(/^ {6}at .*server\.cjs/),
      expect.stringMatching(/^ {6}at /),
    ]);
    const [, slot = ''] = /slot (\d)/.exec(lines[crash] ?? '') ?? [];
    const described = await deployment.muster(['describe', slot]);
    expect(described).toMatchObject({ code: 0, stderr: '' });
    expect(described.stdout).toMatch(/^ {2}command +\S+node .*server\.cjs --token \*\*\*$/m);
    expect(described.stdout).toMatch(/^generation 2 {2}ready$/m);
    expect(described.stdout).toMatch(/^generation 1 {2}crash {2}pid \d+ exited with code 1/m);
    expect(described.stdout).toMatch(/^ {2}Node\.js v/m);
    // Nothing that it printed moves the cursor, or begins a line.
    for (const text of [shown, described.stdout]) expect(text).not.toMatch(/[^\P{Cc}\n]/u);
    const json = JSON.parse((await deployment.muster(['describe', slot, '--json'])).stdout);
    expect(json).toMatchObject({
      slot: Number(slot),
      workers: [{ generation: 2, state: 'ready', crashes: 1 }],
      exits: [{ generation: 1, code: 1, planned: false, stderr: expect.any(Array) }],
    });
    expect(await deployment.muster(['describe', '7'])).toMatchObject({
      code: 2,
      stderr: 'muster: There is no slot 7. There are 0, 1. (MUSTER_INVALID_OPTION)\n',
    });
  });
});

describe('several clusters', () => {
  it('are told apart by name, by folder, and by asking', async () => {
    await using other = await createDeployment();
    const first = await start();
    const second = deployment.start(['server.cjs', '-w', '1', '--name', 'blue'], {
      PORT: String(other.port),
    });
    await second.printed(/worker 0 .* is ready/);

    const listed = await deployment.muster(['list']);
    expect(
      listed.stdout
        .split('\n')
        .slice(1, 3)
        .map((line) => line.split('  ')[0]?.trim()),
    ).toEqual([first.name, 'blue'].sort());
    const asked = await deployment.muster(['stop']);
    expect(asked).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /2 clusters are running; say which one with --name:\n {2}app-\w+ {2}\(primary/,
      ),
    });
    expect((await status('--name', 'blue')).name).toBe('blue');
    expect((await status('-s', first.socket)).name).toBe(first.name);

    // The name is taken, as long as somebody has it.
    const third = deployment.start(['server.cjs', '--name', 'blue']);
    expect(await third.exited).toEqual({ code: 1, signal: null });
    expect(third.output()).toMatch(/Another cluster answers to the name blue/);

    expect(await deployment.muster(['stop', '-n', 'blue'])).toMatchObject({ code: 0 });
    expect((await status()).name).toBe(first.name);
  });

  it('of one app in one folder are numbered', async () => {
    await using other = await createDeployment();
    const first = await start();
    const second = deployment.start(['server.cjs', '-w', '1'], { PORT: String(other.port) });
    await second.printed(new RegExp(`control socket \\S+/${first.name}-2\\.sock`));
  });

  it('in two folders do not meet: each is the one of its own', async () => {
    await using other = await createDeployment();
    const first = await start();
    const second = other.start(['server.cjs', '-w', '1'], {
      MUSTER_RUNTIME_DIR: deployment.runtimeFolder,
    });
    const [, name] = await second.printed(/control socket \S+\/([^/]+)\.sock/);
    await second.printed(/worker 0 .* is ready/);
    expect(name).not.toBe(first.name);
    expect((await status()).name).toBe(first.name);
    const there = await deployment.muster(['status'], { cwd: other.app });
    expect(there.stdout).toMatch(new RegExp(`^${name} `));
    const elsewhere = await deployment.muster(['status'], { cwd: '/' });
    expect(elsewhere.code).toBe(2);
  });

  it('take over the name of one that was killed', async () => {
    const { program, name } = await start();
    program.kill('SIGKILL');
    await program.exited;
    expect(await deployment.muster(['status'])).toMatchObject({ code: 3 });
    // Its workers drain before the port is free.
    await vi.waitFor(
      async () => expect(await deployment.ask().catch(() => 'gone')).toBe('gone'),
      10_000,
    );
    expect((await start()).name).toBe(name);
  });
});

describe('muster start', () => {
  it('reloads on a change with --watch, and waits for the next where one does not start', async () => {
    const { program } = await start('--watch');
    const edit = (file: string, text: string) => writeFile(join(deployment.app, file), text);
    // Data and hidden files are no code.
    await edit('data.txt', 'x');
    await edit('.hidden.js', 'x');
    await deployment.deploy('two');
    await edit('changed.js', '// for the watcher');
    await program.printed(/^muster: changed\.js changed$/m);
    await program.printed(/2 workers were replaced/);
    expect(await deployment.ask()).toMatchObject({ version: 'two' });

    await deployment.deploy('broken');
    await edit('changed.js', '// again');
    await program.printed(/Waiting for a change\./);
    expect(program.output().match(/The reload was aborted/g)).toHaveLength(1);
    expect(await deployment.ask()).toMatchObject({ version: 'two' });

    await deployment.deploy('three');
    await edit('other.mjs', '// once more');
    await vi.waitFor(
      async () => expect(await deployment.ask()).toMatchObject({ version: 'three' }),
      20_000,
    );
    expect(program.output()).not.toMatch(/(data\.txt|hidden).* changed/);
  });

  it('waits with --watch where it does not start at all', async () => {
    await deployment.deploy('broken');
    const program = deployment.start(['server.cjs', '-w', '1', '--watch']);
    await program.printed(/Waiting for a change\./);
    await deployment.deploy('one');
    await writeFile(join(deployment.app, 'changed.js'), '');
    await program.printed(/worker 0 .* is ready/);
    expect(await deployment.ask()).toMatchObject({ version: 'one' });
  });

  it('begins lines with their slot with --prefix-logs, and never mixes two', async () => {
    const { program } = await start('--prefix-logs');
    await Promise.all(Array.from({ length: 20 }, () => deployment.ask('/print')));
    await vi.waitFor(
      () =>
        expect(
          program.output().match(/^[01] \| (a line of )+one worker$/gm)?.length,
        ).toBeGreaterThan(1),
      10_000,
    );
    const printed = program.output().match(/^.*(a line|one worker).*$/gm) ?? [];
    expect(printed.filter((line) => !/^[01] \| /.test(line))).toEqual([]);
  });

  it.each([[], ['--prefix-logs']])(
    'leaves workers that finish what they do, and print, when it is killed (%s)',
    async (...args) => {
      const { program } = await start(...args);
      const answer = deployment.ask('/chatty');
      await program.printed(/^.*3 to stdout$/m);
      program.kill('SIGKILL');
      expect(await answer).toBe('printed');
    },
  );

  it('logs lines of JSON with --json-logs, and serves health with --admin', async () => {
    const program = deployment.start(['server.cjs', '-w', '1', '--json-logs', '--admin', '0']);
    await program.printed(/"event":"worker.ready"/);
    const lines = program
      .output()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: 30,
        event: 'control.open',
        msg: expect.any(String),
        pid: program.pid,
      }),
    );
    const admin = lines.find(({ event }) => event === 'admin.listening');
    await vi.waitFor(
      async () => expect((await fetch(`${admin?.address}/readyz`)).status).toBe(200),
      10_000,
    );
  });
});
