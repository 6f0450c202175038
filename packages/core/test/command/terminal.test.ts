import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDeployment, type Deployment } from '../../../../test/support/deployment.js';
import { startLoad } from '../../../../test/support/load.js';
import { isAlive } from '../../../../test/support/program.js';
import { openTerminal, type Terminal } from '../../../../test/support/terminal/terminal.js';

let deployment: Deployment;
const terminals: Terminal[] = [];

beforeEach(async () => {
  deployment = await createDeployment();
});

afterEach(async () => {
  for (const terminal of terminals.splice(0)) await terminal[Symbol.asyncDispose]();
  // What was started in one of them.
  await deployment.muster(['stop', '--force']);
  await deployment[Symbol.asyncDispose]();
});

/** A shell in the folder of the app, with `muster` in its PATH. */
async function terminal(size: { columns?: number; rows?: number } = {}): Promise<Terminal> {
  const env = { ...deployment.env, PATH: `${deployment.bin}:${process.env.PATH}` };
  const opened = await openTerminal({ cwd: deployment.app, env, ...size });
  terminals.push(opened);
  return opened;
}

async function startIn(window: Terminal, ...args: string[]): Promise<void> {
  await window.enter(`muster start server.cjs -w 2 ${args.join(' ')}; echo "ended with $?"`);
  for (const slot of [0, 1]) await window.shows(new RegExp(`worker ${slot} .* is\\s+ready`));
}

const requests = async (top: Terminal) =>
  Number(
    (await top.shows(/req\/s ([\d.]+k?)/))[1]?.replace(/^([\d.]+)k$/, (_, n) => `${n * 1000}`),
  );

describe('the muster command in a terminal', () => {
  it('starts, shows in colours where they are wanted, and stops with Ctrl-C', async () => {
    const server = await terminal();
    await startIn(server);
    const shell = await terminal();
    await shell.enter('muster status; echo "ended with $?"');
    await shell.shows(/SLOT +PID +GEN +STATE[\s\S]*0 +\d+ +1 +ready[\s\S]*ended with 0/);
    expect(await shell.coloured()).toContain('\u001b[32mready');

    await shell.enter('clear; NO_COLOR=1 muster status');
    await shell.shows(/1 +\d+ +1 +ready[\s\S]*\$$/m);
    expect(await shell.coloured()).not.toContain('\u001b[3');

    await server.press('C-c');
    await server.shows(/ended with 0/);
    await shell.enter('clear; muster status; echo "ended with $?"');
    await shell.shows(/No cluster is running[\s\S]*ended with 3/);
    await shell.enter('clear; muster relod; echo "ended with $?"');
    await shell.shows(/Did you mean reload\?[\s\S]*ended with 2/);
  });

  it('shows the workers as they work, as they change, and to their end', async () => {
    await startIn(await terminal());
    const top = await terminal({ columns: 140 });
    await top.enter('muster top -i 200ms; echo "ended with $?"');
    await top.shows(
      /SLOT +PID +GEN +STATE +UPTIME +RESTARTS +CRASHES +CPU .*DELAY .*REQ\/S +REQUESTS/,
    );
    expect(await top.modes()).toEqual({ alternate: true, cursor: false });
    expect(await top.screen()).not.toContain('muster top -i');

    const load = startLoad(deployment.port, '/', 4);
    await vi.waitFor(async () => expect(await requests(top)).toBeGreaterThan(0), 20_000);
    await top.shows(/[▂▃▄▅▆▇█]/);
    expect((await load.stop()).failures).toEqual({});
    await vi.waitFor(async () => expect(await requests(top)).toBe(0), 20_000);

    const shell = await terminal();
    await shell.enter('muster reload; muster scale 3; echo "ended with $?"');
    await top.shows(/running \(reload \d\/\d\)/);
    await top.shows(/0 +\d+ +2 +ready[\s\S]*1 +\d+ +2 +ready[\s\S]*2 +\d+ +1 +ready/);
    await shell.shows(/reloaded 2 workers in \d+s\nscaled to 3\nended with 0/);

    await top.resize(60, 8);
    await top.shows(/^SLOT +PID +STATE(?!.*BUS)/m);
    await vi.waitFor(async () => {
      const lines = (await top.screen()).trimEnd().split('\n');
      expect(lines.length).toBeLessThanOrEqual(8);
      expect(lines.at(-1)).toBe('q quits');
    }, 20_000);
    await top.resize(140, 30);
    await top.shows(/BUS\/S +STORE\/S/);

    await shell.enter('clear; muster stop; echo "ended with $?"');
    await shell.shows(/stopped\nended with 0/);
    await top.shows(/muster top -i[\s\S]*muster: \S+ has stopped\nended with 0/);
    expect(await top.modes()).toEqual({ alternate: false, cursor: true });
  });

  it.each([
    { how: 'q', leave: (top: Terminal) => top.press('q'), code: 0 },
    { how: 'Ctrl-C', leave: (top: Terminal) => top.press('C-c'), code: 0 },
    {
      how: 'SIGTERM',
      leave: async () => {
        const pid = await readFile(join(deployment.app, 'pid'), 'utf8');
        process.kill(Number(pid), 'SIGTERM');
      },
      code: 143,
    },
  ])('leaves the terminal as it was: $how', async ({ leave, code }) => {
    await startIn(await terminal());
    const top = await terminal();
    await top.enter(`sh -c 'echo $$ > pid; exec muster top'; echo "ended with $?"`);
    await top.shows(/q quits/);
    expect(await top.modes()).toEqual({ alternate: true, cursor: false });
    await leave(top);
    await top.shows(new RegExp(`ended with ${code}`));
    expect(await top.modes()).toEqual({ alternate: false, cursor: true });
    // The shell hears each key and shows it, which a raw terminal does not.
    await top.enter('echo it is "mine"');
    await top.shows(/^it is mine$/m);
  });

  it('makes room for the shell with Ctrl-Z, and comes back with fg', async () => {
    await startIn(await terminal());
    const top = await terminal();
    await top.enter('muster top');
    await top.shows(/q quits/);
    await top.press('C-z');
    await vi.waitFor(async () => expect((await top.modes()).alternate).toBe(false), 20_000);
    await top.enter('clear; echo it is "mine"');
    await top.shows(/^it is mine$/m);
    await top.enter('fg');
    await top.shows(/q quits/);
    expect(await top.modes()).toEqual({ alternate: true, cursor: false });
    await top.press('q');
    await top.shows(/^\$ fg\n.*\n\$$/m);
    expect(await top.modes()).toEqual({ alternate: false, cursor: true });
  });

  it('follows what workers print, and a terminal that stands still stops no cluster', async () => {
    const server = await terminal();
    await startIn(server);
    const shell = await terminal();
    await shell.enter('muster logs -f');
    await vi.waitFor(async () => {
      await deployment.ask('/print');
      expect(await shell.screen()).toMatch(/^\d\d:\d\d:\d\d\.\d{3} [01] \| .*one worker$/m);
    });
    await deployment.ask('/crash-loudly').catch(() => {});
    // Not cleared by what it printed.
    await shell.shows(/one worker[\s\S]*\| Error: a loud end/);
    await shell.press('C-c');
    await shell.shows(/\^C\n\$/);

    await server.press('C-s');
    for (let n = 0; n < 5; n++) await deployment.ask('/print');
    expect(await deployment.muster(['status'])).toMatchObject({ code: 0 });
    const before = (await deployment.muster(['logs', '-n', '1000'])).stdout;
    expect(before.match(/one worker/g)?.length).toBeGreaterThan(1);
    await server.press('C-q');
    await server.press('C-c');
    await server.shows(/one worker[\s\S]*ended with 0/);
  });

  it('profiles a worker until Ctrl-C, asks before a heap snapshot, and answers what else is asked', async () => {
    await startIn(await terminal());
    const shell = await terminal();
    await shell.enter('muster profile 0 --for 5m -o a.cpuprofile; echo "ended with $?"');
    await shell.shows(/worker 0 is profiled for 5m 00s/);
    await shell.press('C-c');
    await shell.shows(/the profile ends here/);
    await shell.shows(/a\.cpuprofile: \d[\s\S]*ended with 0/);
    const { samples } = JSON.parse(await readFile(join(deployment.app, 'a.cpuprofile'), 'utf8'));
    expect(samples.length).toBeGreaterThan(0);
    expect((await stat(join(deployment.app, 'a.cpuprofile'))).mode & 0o777).toBe(0o600);

    await shell.enter('clear; muster profile 0 -o a.cpuprofile; echo "ended with $?"');
    await shell.shows(/it is there already[\s\S]*ended with 2/);
    await shell.enter('clear; muster heap 1 -o b.heapsnapshot; echo "ended with $?"');
    await shell.shows(/Worker 1 answers nothing while[\s\S]*Go on\? \[y\/N\]/);
    await shell.enter('n');
    await shell.shows(/Nothing was done\.\nended with 1/);
    expect(existsSync(join(deployment.app, 'b.heapsnapshot'))).toBe(false);
    await shell.enter('clear; muster heap 1 -y -o b.heapsnapshot; echo "ended with $?"');
    await shell.shows(/b\.heapsnapshot: \d[\s\S]*ended with 0/);

    await shell.enter('clear; muster doctor; echo "ended with $?"');
    await shell.shows(/^ok +processors[\s\S]*^ok +control +sockets in [\s\S]*ended with 0/m);
    await shell.enter('clear; muster unit server.cjs | grep Type; echo "ended with $?"');
    await shell.shows(/^Type=notify$[\s\S]*ended with 0/m);
    await shell.enter('clear; muster console; echo "ended with $?"');
    await shell.shows(/This cluster has no console\. Start it with[\s\S]*ended with 1/);
    await shell.enter('clear; muster init app; echo "ended with $?"');
    await shell.shows(/server\.js[\s\S]*ended with 0/);
  });

  it('ends with the window that it was started in', async () => {
    const server = await terminal();
    await startIn(server);
    const { stdout } = await deployment.muster(['status', '--json']);
    const { pid, workers } = JSON.parse(stdout) as { pid: number; workers: { pid: number }[] };
    await server[Symbol.asyncDispose]();
    const all = [pid, ...workers.map((worker) => worker.pid)];
    await vi.waitFor(() => expect(all.filter(isAlive)).toEqual([]), 20_000);
  });
});
