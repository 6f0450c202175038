// What `muster init` decides to write, for every kind of folder.
import { describe, expect, it } from 'vitest';
import { planInit } from '../../../dist/command/init/plan.js';
import { parseManifest } from '../../../src/command/init/manifest.js';
import type { Project } from '../../../src/command/init/project.js';

const EMPTY: Project = {
  name: 'My Shop!',
  manifest: undefined,
  isEmpty: true,
  hasTsconfig: false,
  hasMuster: true,
};
/** As npm writes it. */
const written = (values: object) => parseManifest(`${JSON.stringify(values, null, 2)}\n`);
const filesOf = (project: Partial<Project>, wish = {}) =>
  Object.fromEntries(
    planInit({ ...EMPTY, ...project }, wish).files.map(({ name, text }) => [name, text]),
  );
const manifestOf = (project: Partial<Project>, wish = {}) =>
  JSON.parse(filesOf(project, wish)['package.json'] ?? 'null');

describe('an empty folder', () => {
  it('gets an ES module', () => {
    expect(manifestOf({})).toEqual({
      name: 'my-shop',
      private: true,
      type: 'module',
      scripts: {
        start: 'muster start server.js',
        dev: 'muster start server.js --workers 2 --watch',
      },
    });
    expect(filesOf({})['server.js']).toMatch(/^import .* from 'node:http';$/m);
    expect(planInit(EMPTY, {}).next).toEqual(['npm start']);
  });

  it('with what `npm init -y` made keeps all but the type', () => {
    const manifest = {
      name: 'shop',
      version: '1.0.0',
      type: 'commonjs',
      scripts: { start: 'mine', test: 'echo' },
      dependencies: { a: '1' },
    };
    const project = { ...EMPTY, manifest: written(manifest) };
    const [file] = planInit(project, {}).files;
    expect(file?.replaces).toBe(true);
    // Compared as text: the order of what was there counts too. A package with a version may be meant for npm, so it is not private.
    const scripts = {
      ...manifest.scripts,
      start: 'mine',
      dev: 'muster start server.js --workers 2 --watch',
    };
    const filled = { ...manifest, type: 'module', scripts };
    expect(file?.text).toBe(`${JSON.stringify(filled, null, 2)}\n`);
  });

  it('gets CommonJS where that is asked for', () => {
    expect(manifestOf({}, { commonjs: true }).type).toBe('commonjs');
    expect(filesOf({}, { commonjs: true })['server.js']).toMatch(/require\('@muster\/core'\)/);
  });

  it('gets TypeScript, which is compiled first', () => {
    const files = filesOf({}, { typescript: true });
    expect(Object.keys(files)).toEqual([
      'package.json',
      'server.ts',
      'tsconfig.json',
      '.gitignore',
    ]);
    expect(JSON.parse(files['package.json'] ?? '').scripts.start).toBe(
      'muster start dist/server.js',
    );
    expect(planInit(EMPTY, { typescript: true }).next).toEqual([
      'npm install --save-dev typescript @types/node',
      'npm run build',
      'npm start',
    ]);
    // Whatever kind it becomes: the compiler decides.
    const commonjs = filesOf({}, { typescript: true, commonjs: true });
    expect(commonjs['server.ts']).toBe(files['server.ts']);
  });

  it.each([
    ['shop', 'shop'],
    ['.hidden', 'hidden'],
    ['A b_c', 'a-b_c'],
    ['店', 'app'],
  ])('%j is the package %s', (name, expected) => {
    expect(manifestOf({ name }).name).toBe(expected);
  });
});

describe('a project with code', () => {
  it.each<[string | undefined, object, string]>([
    [undefined, {}, 'server.js'],
    ['commonjs', {}, 'server.js'],
    ['module', {}, 'server.js'],
    ['module', { commonjs: true }, 'server.cjs'],
    [undefined, { esm: true }, 'server.mjs'],
    [undefined, { esm: true, typescript: true }, 'server.mts'],
    ['module', { typescript: true }, 'server.ts'],
  ])('of type %s, asked for %j, gets %s', (type, wish, name) => {
    const manifest = written({ name: 'shop', ...(type !== undefined && { type }) });
    const files = filesOf({ manifest, isEmpty: false }, wish);
    expect(Object.keys(files)).toContain(name);
    expect(Object.keys(files)).not.toContain('package.json');
  });

  it('with a tsconfig.json gets TypeScript', () => {
    const files = filesOf({ manifest: written({}), isEmpty: false, hasTsconfig: true });
    expect(Object.keys(files)).toContain('server.ts');
  });

  it('is told to install what it lacks, and never to run a bare npx muster', () => {
    const { next } = planInit(
      { ...EMPTY, manifest: written({}), isEmpty: false, hasMuster: false },
      {},
    );
    expect(next).toEqual(['npm install @muster/core', 'npx @muster/core start server.js']);
  });
});
