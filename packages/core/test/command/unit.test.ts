// What `muster unit` prints: judged by systemd itself where it is, and by a reader of its own everywhere.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../../../test/support/command-lines.js';
import { createDeployment } from '../../../../test/support/deployment.js';
import { examplesOf } from '../../../../test/support/guide.js';
import { readUnit } from '../../../../test/support/systemd-unit.js';
import { which } from '../../../../test/support/which.js';
import { type UnitSettings, unitText } from '../../dist/command/unit/unit-text.js';

const run = promisify(execFile);

const SETTINGS: UnitSettings = {
  ...{ name: 'app', isOfUser: false, user: 'app', folder: '/srv/app', isLinked: false },
  node: '/usr/bin/node',
  muster: '/srv/app/current/node_modules/@muster/core/lib/command/main.js',
  args: ['current/server.js', '-w', 'auto', '--admin', '9090', '--name', 'app'],
  target: ['--name', 'app'],
  drainTimeoutMs: 30_000,
};
const odd = ['a b', `it's "so"`, '100%', '$HOME', 'a\\b', ';', ''];

const UNITS = {
  system: SETTINGS,
  user: { ...SETTINGS, isOfUser: true },
  'without a user': { ...SETTINGS, user: undefined },
  'odd words': {
    ...SETTINGS,
    folder: '/srv/my app/50%/$x',
    isLinked: true,
    args: ['s.js', '--', ...odd],
  },
};

describe.each(Object.entries(UNITS))('a unit: %s', (name, settings) => {
  const text = unitText(settings);

  it('is read as it is meant', () => {
    const { Unit, Service } = readUnit(text);
    expect(Unit?.StartLimitIntervalSec).toEqual(['0']);
    expect(Service).toMatchObject({
      ...{ Type: ['notify'], NotifyAccess: ['all'], Restart: ['always'], KillMode: ['mixed'] },
      ...{ TimeoutStopSec: ['45'], WorkingDirectory: [settings.folder] },
    });
    const { node, muster, args } = settings;
    expect(Service?.ExecStart).toEqual([[node, muster, 'start', ...args]]);
    expect(Service?.ExecReload).toEqual([[node, muster, 'reload', '--name', 'app']]);
    const variables = Service?.Environment?.flat() ?? [];
    expect(variables.includes(`PWD=${settings.folder}`)).toBe(settings.isLinked);
  });

  it('has nothing that systemd does not know', async () => {
    // A stand-in for systemd-analyze knows the names, readUnit() the words.
    const analyze = await which('systemd-analyze', process.env.PATH ?? '');
    if (!analyze) {
      console.error(
        'This machine has no systemd-analyze: only our own reader has judged the unit.',
      );
      return;
    }
    const folder = await mkdtemp(join(tmpdir(), 'mu-unit-'));
    await using _ = { [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
    const verify = async (unit: string) => {
      const file = join(folder, 'app.service');
      // Programs that are there: systemd looks for them.
      await writeFile(file, unit.replaceAll('/usr/bin/node', '/bin/sh'));
      const scope = settings.isOfUser ? ['--user'] : [];
      const env = { ...process.env, XDG_RUNTIME_DIR: folder, HOME: folder };
      const { stderr } = await run(analyze, ['verify', ...scope, file], { env }).catch((e) => e);
      return (stderr as string).split('\n').filter((line) => line.includes('app.service'));
    };
    expect(await verify(text)).toEqual([]);
    if (name !== 'system') return;
    const wrong = text.replace('KillMode=mixed', 'KilMode=mixed');
    expect(await verify(wrong)).toEqual([expect.stringContaining('KilMode')]);
  });
});

it('the unit of the guide is what the command prints', async () => {
  const guide = 'docs/guide/deploying.md';
  const { unit } = await examplesOf(guide, 'ini', ['unit']);
  expect(unit).toBe(unitText(SETTINGS));
  const { command } = await examplesOf(guide, 'sh', ['command']);
  expect(command).toContain(
    'current/node_modules/.bin/muster unit current/server.js -w auto --admin 9090 | sudo tee /etc/systemd/system/app.service',
  );
});

describe('muster unit', () => {
  const lines = {
    plain: ['unit', 'server.cjs', '-w', '1..4', '--drain-timeout', '90s', '--', '--user', 'x'],
    own: ['unit', '--user', '--name', 'shop', 'server.cjs'],
    none: ['unit'],
    range: ['unit', 'server.cjs', '-w', '4..1'],
    missing: ['unit', 'nowhere.js'],
    stray: ['unit', 'server.cjs', 'web'],
    watch: ['unit', 'server.cjs', '--watch'],
    unknown: ['unit', 'server.cjs', '--workrs', '4'],
    broken: ['unit', 'server.cjs', '--', 'a\nExecStartPre=/bin/false'],
  };
  let answers: Record<string, Answer>;
  let app: string;
  let configured: Answer;
  beforeAll(async () => {
    const deployment = await createDeployment();
    app = deployment.app;
    const given = await deployment.musterLines(Object.values(lines));
    answers = Object.fromEntries(Object.keys(lines).map((key, at) => [key, given[at] as Answer]));
    const shop = {
      file: 'server.cjs',
      drain: { timeoutMs: 10_000 },
      environments: { production: { roles: { web: {}, jobs: { drain: { timeoutMs: 600_000 } } } } },
    };
    await writeFile(join(app, 'muster.config.json'), JSON.stringify({ apps: { shop } }));
    configured = (await deployment.musterLines([['unit', 'shop']]))[0] as Answer;
    await deployment[Symbol.asyncDispose]();
  });
  const answer = (name: keyof typeof lines) => answers[name] as Answer;
  const serviceOf = (name: keyof typeof lines) => readUnit(answer(name).stdout).Service;

  it('prints one for this folder, with what muster start is to have', () => {
    expect(answer('plain')).toMatchObject({ code: 0, stderr: '' });
    const service = serviceOf('plain');
    const [start] = service?.ExecStart ?? [];
    expect(start?.[0]).toBe(process.execPath);
    expect(start?.[1]).toMatch(/^\/.*\/core\/lib\/command\/main\.js$/);
    expect(start?.slice(2).join(' ')).toBe(
      'start server.cjs -w 1..4 --drain-timeout 90s --name app -- --user x',
    );
    expect(service).toMatchObject({ WorkingDirectory: [app], TimeoutStopSec: ['105'] });
    const { username } = userInfo();
    const user = username === 'root' ? process.env.SUDO_USER : username;
    expect(service?.User).toEqual(user === undefined ? undefined : [user]);
  });

  it('prints one for a user', () => {
    const { Service, Install } = readUnit(answer('own').stdout);
    expect(Service?.ExecStart?.[0]?.slice(2)).toEqual(['start', '--name', 'shop', 'server.cjs']);
    expect(Service?.User).toBeUndefined();
    expect(Install?.WantedBy).toEqual(['default.target']);
  });

  it('prints one for an app of a config, whose drains it leaves time, in production', () => {
    expect(configured).toMatchObject({ code: 0, stderr: '' });
    const { Service } = readUnit(configured.stdout);
    expect(Service?.ExecStart?.[0]?.slice(2)).toEqual(['start', 'shop']);
    expect(Service?.ExecReload?.[0]?.slice(2)).toEqual(['reload', '--name', 'shop']);
    expect(Service?.TimeoutStopSec).toEqual(['615']);
  });

  it.each([
    ['none', /Which server\? Give its file/],
    ['range', /workers\.min: 4 is more than workers\.max, which is 1/],
    ['missing', /There is no file \S+\/nowhere\.js/],
    ['stray', /"web" belongs to no option/],
    ['watch', /--watch is for development/],
    ['unknown', /unknown option '--workrs'/],
    ['broken', /a unit has no place for a line break/],
  ] as const)('is refused where it would not start: %s', (name, says) => {
    expect(answer(name)).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(says) });
  });
});
