// Programs that end, or fail, before they serve: with the code and the words that they would have under `node`.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createDeployment, type Deployment } from '../../../../test/support/deployment.js';
import { runProgram } from '../../../../test/support/program.js';

let deployment: Deployment;
beforeEach(async () => {
  deployment = await createDeployment();
});
afterEach(() => deployment[Symbol.asyncDispose]());

async function startOf(file: string, code: string, { workers = 2, env = {} } = {}) {
  await writeFile(join(deployment.app, file), code);
  const program = deployment.start([file, '-w', String(workers)], env);
  const { code: exitCode } = await program.exited;
  return { exitCode, output: program.output() };
}

describe('a script that ends with nothing to do ends the cluster', () => {
  it.each([
    { how: 'that prints', file: 's.cjs', code: 'console.log("done")' },
    {
      how: 'that works for a while',
      file: 's.cjs',
      code: 'setTimeout(() => console.log("done"), 300)',
    },
    { how: 'with process.exit(0)', file: 's.cjs', code: 'console.log("done"); process.exit(0)' },
    {
      how: 'that is a module',
      file: 's.mjs',
      code: 'await new Promise((resolve) => setTimeout(resolve, 300)); console.log("done")',
    },
  ])('$how: with 0, after one run in each worker', async ({ file, code }) => {
    const { exitCode, output } = await startOf(file, code);
    expect(output).toMatch(/^muster: the cluster stops: there is nothing left to run$/m);
    expect(output.match(/^done$/gm)).toHaveLength(2);
    expect(output).not.toMatch(/is ready|MUSTER_|follows in/);
    expect(exitCode).toBe(0);
  });

  it.each([
    { file: 's.cjs', code: 'process.exit(3)', exits: 3 },
    { file: 's.mjs', code: 'process.exitCode = 4', exits: 4 },
    { file: 's.cjs', code: 'throw new Error("no")', exits: 1 },
  ])('$code: with its code, and says so', async ({ file, code, exits }) => {
    const { exitCode, output } = await startOf(file, code, { workers: 1 });
    expect(output).toMatch(
      new RegExp(`^muster: .* exited with code ${exits} before it was ready`, 'm'),
    );
    expect(exitCode).toBe(exits);
  });

  it('but one that ended where the others serve has failed', async () => {
    const code = `if (process.env.NODE_APP_INSTANCE === '0')
      require('node:http').createServer().listen(0, '127.0.0.1');`;
    const { exitCode, output } = await startOf('s.cjs', code);
    expect(output).toMatch(/^muster: The cluster was not started: worker 1 .* exited with code 0/m);
    expect(exitCode).toBe(1);
  });
});

describe('startCluster() with a function', () => {
  const run = (mode: string) => {
    const fixture = new URL('../fixtures/script-workers.js', import.meta.url);
    const program = runProgram(fixture, { cwd: deployment.app, env: { MODE: mode } });
    onTestFinished(() => program[Symbol.asyncDispose]());
    return program;
  };

  it('that returns and leaves nothing to do ends with 0', async () => {
    const program = run('nothing');
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(program.output().match(/^run$/gm)).toHaveLength(2);
  });

  it.each(['bus', 'messages'])('that waits for what others send is up: %s', async (mode) => {
    const program = run(mode);
    await program.printed(/^up: ready,ready$/m);
    program.kill('SIGTERM');
    expect(await program.exited).toEqual({ code: 0, signal: null });
  });
});

describe('a start that fails', () => {
  const THROWS = 'function go() {\n  throw new Error("no licence");\n}\ngo();\n';
  const SYNTAX = 'const a = 1;\nconst b = = 2;\n';
  const TYPED = `const a: string = 'x';\n${THROWS}`;
  it.each([
    { file: 'app.cjs', code: THROWS, line: 2, says: 'Error: no licence' },
    { file: 'app.js', code: THROWS, line: 2, says: 'Error: no licence' },
    { file: 'app.mjs', code: THROWS, line: 2, says: 'Error: no licence' },
    { file: 'app.ts', code: TYPED, line: 3, says: 'Error: no licence' },
    { file: 'app.cjs', code: SYNTAX, line: 2, says: "SyntaxError: Unexpected token '='" },
    { file: 'app.mjs', code: SYNTAX, line: 2, says: "SyntaxError: Unexpected token '='" },
  ])('points at the line of the app: $file, $says', async ({ file, code, line, says }) => {
    const tsx = `--import ${import.meta.resolve('tsx')}`;
    const env = file.endsWith('.ts') ? { NODE_OPTIONS: tsx } : {};
    const { exitCode, output } = await startOf(file, code, { workers: 1, env });
    const [, shown = ''] = /control socket .*\n([\s\S]*?Error: .*)/.exec(output) ?? [];
    expect(shown.split('\n')[0]).toMatch(new RegExp(`/${file}:${line}$`));
    expect(shown).toContain(says);
    expect(shown).not.toContain('packages/core');
    expect(exitCode).toBe(1);
  });

  it.each([
    { file: 'app.cjs', code: 'require("nowhere")', says: "Cannot find module 'nowhere'" },
    { file: 'app.mjs', code: 'import "nowhere"', says: "Cannot find package 'nowhere'" },
  ])('names what a module misses before anything of ours: $file', async ({ file, code, says }) => {
    const { output } = await startOf(file, code, { workers: 1 });
    const shown = output.slice(0, output.indexOf(says) + says.length);
    expect(shown).toContain(says);
    expect(shown.replace(/^muster: .*$/gm, '')).not.toContain('packages/core');
    expect(output).toContain(`/${file}`);
  });

  it.each([
    'process.on("unhandledRejection", () => {})',
    'process.on("uncaughtExceptionMonitor", () => {})',
  ])('ends whatever the app does with rejections: %s', async (code) => {
    const { exitCode, output } = await startOf('app.cjs', `${code};\n${THROWS}`, { workers: 1 });
    expect(output).toContain('Error: no licence');
    expect(exitCode).toBe(1);
  });

  it('tells a listener for exceptions once', async () => {
    const code = `process.on('uncaughtException', (error) => {
      console.log('heard: ' + error.message);
      setTimeout(() => process.exit(5), 200);
    });\n${THROWS}`;
    const { exitCode, output } = await startOf('app.cjs', code, { workers: 1 });
    expect(output.match(/^heard: no licence$/gm)).toHaveLength(1);
    expect(exitCode).toBe(5);
  });
});
