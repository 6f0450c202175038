// What a config means: pure functions of what it exports.
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { OF_CLUSTERS, OF_ROLES } from '../../dist/cluster-option-faults.js';
import { chosenApp, settingsIn } from '../../dist/command/config/chosen-app.js';
import { configFaults } from '../../dist/command/config/config-faults.js';
import { mergeOptions, variablesOf } from '../../dist/command/config/merge-options.js';
import { type AppsConfig, defineConfig } from '../../dist/config.js';

describe('a mistake', () => {
  it.each([
    [{ logs: { dirr: 'x' } }, 'logs: there is no option "dirr". Did you mean "dir"?'],
    [{ logs: { dirr: 'x', maxBytes: 4_096 } }, 'logs: there is no option "dirr".'],
    [{ logs: { dir: '' } }, 'logs.dir: "" is not a string.'],
    [{ logs: { maxBytes: 4_096 } }, 'logs.maxBytes: there is no file without logs.dir.'],
    [{ control: { nane: 'x' } }, 'control: there is no option "nane". Did you mean "name"?'],
    [{ control: {} }, 'control.name: undefined is not a string.'],
    [{ sticky: { byy: 'ip' } }, 'sticky: there is no option "byy". Did you mean "by"?'],
    [{ sticky: { by: 'cookie', nam: 'sid' } }, 'sticky: there is no option "nam".'],
    [{ sticky: { by: 'cookie' } }, 'sticky.name: undefined is not a string.'],
    [{ sticky: 5 }, 'sticky takes an object, and got 5.'],
    [{ machines: 'redis://x' }, 'machines takes true, false, or an object such as { url:'],
    [{ machines: { urll: 'x' } }, 'machines: there is no option "urll". Did you mean "url"?'],
    [{ store: { redis: 'redis://x' } }, 'store: give a `url`.'],
    [{ store: { ulr: 'memory:' } }, 'store: there is no option "ulr".'],
    [{ admin: { prt: 9_090 } }, 'admin: there is no option "prt". Did you mean "port"?'],
    [{ workers: { mn: 1, max: 2 } }, 'workers: there is no option "mn". Did you mean "min"?'],
    [{ workers: { min: 3, mx: 4 } }, 'workers: there is no option "mx". Did you mean "max"?'],
    [{ roles: 5 }, 'roles takes an object of roles, and got 5.'],
  ])('%j is one line of the report', (options, says) => {
    const faults = configFaults('c', { file: './server.js', ...options }, () => true);
    expect(faults).toEqual([expect.stringContaining(says)]);
  });
});

describe('options on top of options', () => {
  it.each([
    ['a number replaces', { workers: 2 }, { workers: 4 }, { workers: 4 }],
    ['a list replaces', { args: ['a', 'b'] }, { args: ['c'] }, { args: ['c'] }],
    ['undefined replaces nothing', { workers: 2 }, { workers: undefined }, { workers: 2 }],
    [
      'a group is merged',
      { drain: { paceMs: 1 } },
      { drain: { timeoutMs: 2 } },
      { drain: { paceMs: 1, timeoutMs: 2 } },
    ],
    [
      'roles are merged, and their groups',
      { roles: { web: { workers: 1, drain: { paceMs: 1 } }, jobs: { workers: 1 } } },
      { roles: { web: { drain: { paceMs: 5 } } } },
      { roles: { web: { workers: 1, drain: { paceMs: 5 } }, jobs: { workers: 1 } } },
    ],
    [
      'a word replaces a group',
      { ready: { when: 'auto' } },
      { ready: 'online' },
      { ready: 'online' },
    ],
    [
      'a group replaces a word',
      { control: '/s' },
      { control: { name: 'x' } },
      { control: { name: 'x' } },
    ],
    [
      'variables are merged',
      { env: { A: '1', B: '1' } },
      { env: { B: '2' } },
      { env: { A: '1', B: '2' } },
    ],
    [
      'machines that are joined on the command line are those of the config',
      { machines: { group: 'eu', secret: 'sixteen characters' } },
      { machines: true },
      { machines: { group: 'eu', secret: 'sixteen characters' } },
    ],
    [
      'another Redis for machines leaves the rest',
      { machines: { group: 'eu', url: 'redis://one' } },
      { machines: { url: 'redis://two' } },
      { machines: { group: 'eu', url: 'redis://two' } },
    ],
    [
      'no machines are none',
      { machines: { group: 'eu' } },
      { machines: false },
      { machines: false },
    ],
    [
      'another sticky rule has no name of the old cookie',
      { sticky: { by: 'cookie', name: 'sid', trustedProxies: ['::1'] } },
      { sticky: { by: 'ip' } },
      { sticky: { by: 'ip', trustedProxies: ['::1'] } },
    ],
    [
      'proxies leave the cookie its name',
      { sticky: { by: 'cookie', name: 'sid' } },
      { sticky: { trustedProxies: ['::1'] } },
      { sticky: { by: 'cookie', name: 'sid', trustedProxies: ['::1'] } },
    ],
  ])('%s', (_, base, more, becomes) => {
    expect(mergeOptions(base, more)).toEqual(becomes);
  });

  it('asks a function for its variables each time, and refuses a promise', () => {
    let asked = 0;
    const counting = () => ({ ASKED: String(++asked), A: '1' });
    const { env } = mergeOptions({ env: counting }, { env: { A: '2' } });
    expect([variablesOf(env), variablesOf(env)]).toEqual([
      { ASKED: '1', A: '2' },
      { ASKED: '2', A: '2' },
    ]);
    expect(() => variablesOf(() => Promise.reject(new Error('x')))).toThrow(
      'env is not waited for',
    );
  });
});

describe('the app that is meant', () => {
  const several = { apps: { shop: { workers: 1 }, web: { workers: 2 } } };
  const choose = (config: object, argument?: string) =>
    chosenApp('/x/muster.config.ts', config, argument);

  it('is the named one, else the only one', () => {
    expect(choose(several, 'web')).toEqual({ name: 'web', config: { workers: 2 } });
    expect(choose({ apps: { shop: {} } })).toEqual({ name: 'shop', config: {} });
    expect(choose({ workers: 3 }, 'server.js')).toEqual({
      name: undefined,
      config: { workers: 3 },
    });
    expect(choose(several, 'toString')).toBeUndefined();
  });

  it.each([{}, [], null, 5])('is none of %j, which is a fault', (apps) => {
    expect(choose({ apps }, 'web')).toEqual({ name: undefined, config: {} });
    expect(configFaults('c', { apps }, () => false)).toHaveLength(1);
  });

  it('has to be named if there are several', () => {
    expect(() => choose(several)).toThrow(
      'muster.config.ts has several apps: shop, web. Name the one to start: muster start shop.',
    );
  });

  const app = {
    name: 'shop',
    config: { workers: 1, environments: { production: { workers: 8, env: { A: '1' } } } },
  };
  const inEnvironment = (asked?: string, nodeEnv?: string) =>
    settingsIn('/x/muster.config.ts', app, asked, nodeEnv);

  it('is as its environment says: that of the command line, else NODE_ENV', () => {
    expect(inEnvironment()).toEqual({ workers: 1 });
    expect(inEnvironment(undefined, 'production')).toEqual({ workers: 8, env: { A: '1' } });
    expect(inEnvironment('production', 'test')).toEqual({ workers: 8, env: { A: '1' } });
    expect(inEnvironment(undefined, 'constructor')).toEqual({ workers: 1 });
  });

  it('knows an environment that the command line names', () => {
    expect(() => inEnvironment('prod', 'production')).toThrow(
      'muster.config.ts has no environment "prod" for shop. It has production.',
    );
  });
});

describe('what is wrong with a config', () => {
  it.each<[string, object, string[]]>([
    ['nothing', { $schema: './x.json', file: './server.js', envFile: '.env', jsonLogs: true }, []],
    [
      'nothing, with apps',
      { apps: { shop: { file: 'a.js', roles: { web: { file: 'b.js' } } } } },
      [],
    ],
    [
      'several names and values at once',
      { fle: 'x', workers: 0, drain: { timeoutMS: 5, paceMs: -1 }, watch: 'yes' },
      [
        'c: there is no option "fle". Did you mean "file"?',
        'watch: "yes" is neither true nor false.',
        'workers: 0 is not a whole number above 0. Give one, "auto" for one per core,',
        'drain: there is no option "timeoutMS". Did you mean "timeoutMs"?',
        'drain.paceMs: -1 is not a number of milliseconds, 0 or more.',
      ],
    ],
    [
      'in each app, its roles and its environments',
      {
        apps: {
          shop: { roles: { web: { wokers: 2, worker: './x.js' } } },
          web: {
            file: 5,
            cwd: '/not/on/this/machine',
            environments: { production: { logs: 'x', environments: {} }, test: [] },
          },
        },
      },
      [
        'apps.shop.roles.web: in a config, `worker` is called `file`, because it is always a path.',
        'apps.shop.roles.web: there is no option "wokers". Did you mean "workers"?',
        'apps.web.file: 5 is not a string.',
        'apps.web.environments.production: there is no option "environments".',
        'apps.web.environments.production.logs: "x" is not one of "inherit", "keep", "prefix"',
        'apps.web.environments.test takes an object of options, and got [].',
      ],
    ],
    [
      'beside apps',
      { workers: 4, apps: { 'a b': {}, c: null } },
      [
        'c: beside `apps` there is no option "workers". Give it to an app.',
        'apps: "a b" is not a name: ',
        'apps.c takes an object of options, and got null.',
      ],
    ],
    [
      'a server elsewhere',
      { file: new URL('https://x.example/a.js') },
      ['file: https://x.example/a.js is no file of this machine.'],
    ],
    ['no app', { apps: {} }, ['apps: it has no app.']],
    ['a list of apps', { apps: [] }, ['apps takes an object of apps, and got [].']],
    [
      'null',
      { workers: null, file: null, roles: { web: null } },
      [
        'file: null is not a string.',
        'workers: null is no value.',
        'roles.web takes an object, and got null.',
      ],
    ],
  ])('%s', (_, config, says) => {
    const faults = configFaults('c', config, () => false);
    expect(faults).toEqual(says.map((begins) => expect.stringContaining(begins)));
  });

  it('has the folder of the app that is started, and not those of others', () => {
    const apps = { here: { cwd: '/no/such' }, there: { cwd: '/nor/this' } };
    expect(configFaults('c', { apps }, (app) => app === 'here')).toEqual([
      'apps.here.cwd: there is no folder /no/such.',
    ]);
  });
});

describe('defineConfig', () => {
  it('knows what a config has, and returns it', () => {
    const config = defineConfig({
      file: './x.js',
      roles: { web: { file: 'y.js' } },
      logs: 'prefix',
    });
    expect(config).toHaveProperty('file', './x.js');
    const made = defineConfig(async ({ environment }) => ({
      apps: { shop: { env: { NAME: environment ?? '' } } },
    }));
    expect(typeof made).toBe('function');
    // @ts-expect-error: no such option
    defineConfig({ fiel: './x.js' });
    // @ts-expect-error: a config has `file`
    defineConfig({ worker: './x.js' });
    // @ts-expect-error: beside apps there is nothing else
    defineConfig({ apps: {}, workers: 2 });
    // @ts-expect-error: the environments of an environment
    defineConfig({ environments: { production: { environments: {} } } });
  });
});

describe('the JSON schema', () => {
  const CODE = ['logger', 'hooks', 'extensions'];
  const names = (known: readonly string[]) =>
    ['file', ...known.filter((name) => name !== 'worker' && !CODE.includes(name))].sort();

  it('has every option that is no code, and no other', async () => {
    const text = await readFile(new URL('../../config.schema.json', import.meta.url), 'utf8');
    const { definitions, anyOf } = JSON.parse(text);
    const own = ['envFile', 'watch', 'watchIgnore', 'jsonLogs'];
    const of = (type: string) => Object.keys(definitions[type].properties).sort();
    expect(of('RoleConfig'), 'run `npx -y pnpm@12 format`').toEqual(names(OF_ROLES));
    expect(of('AppSettings')).toEqual(names([...OF_CLUSTERS, ...own]));
    expect(of('AppConfig')).toEqual(names([...OF_CLUSTERS, ...own, 'environments']));
    const [one, several] = anyOf.map((it: { properties: object }) => Object.keys(it.properties));
    expect(one.sort()).toEqual(names([...OF_CLUSTERS, ...own, 'environments', '$schema']));
    expect(several.sort()).toEqual(['$schema', 'apps'] satisfies (keyof AppsConfig | '$schema')[]);
  });
});
