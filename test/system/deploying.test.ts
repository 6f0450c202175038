// The unit and the manifest of docs/guide/deploying.md, with their commands run as they are.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { MUSTER } from '../support/deployment.js';
import { createClient } from '../support/http-client.js';
import { runProgram } from '../support/program.js';
import { freePort } from '../support/redis/free-port.js';

const GUIDE = await readFile(new URL('../../docs/guide/deploying.md', import.meta.url), 'utf8');
const run = promisify(execFile);

function block(language: string): string {
  return new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(GUIDE)?.[1] ?? '';
}

test('the commands of the systemd unit take up a release that the link is moved to', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mu-unit-'));
  await using _ = { [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
  const [port, admin] = [await freePort(), await freePort()];
  const release = async (name: string) => {
    const path = join(folder, 'releases', name);
    await mkdir(path, { recursive: true });
    await writeFile(
      join(path, 'server.js'),
      `require('node:http').createServer((_, res) => res.end('${name}')).listen(${port}, '127.0.0.1');`,
    );
    await symlink(path, join(folder, 'next'));
    await rename(join(folder, 'next'), join(folder, 'current'));
  };
  const directive = (name: string) =>
    new RegExp(`^${name}=(.*)$`, 'm').exec(block('ini'))?.[1]?.replaceAll('/srv/app', folder) ?? '';
  const argumentsOf = (name: string) => {
    const [node, muster, ...args] = directive(name)
      .replace('--admin 9090', `--admin ${admin}`)
      .split(' ');
    expect(node).toBe('/usr/bin/node');
    expect(muster).toBe(join(folder, 'current/node_modules/@muster/core/lib/command/main.js'));
    return args;
  };
  const cwd = directive('WorkingDirectory');
  const env = { MUSTER_RUNTIME_DIR: join(folder, 'run') };

  await release('first');
  await using program = runProgram(MUSTER, { args: argumentsOf('ExecStart'), cwd, env });
  await program.printed(/worker 0 .* is ready/);
  const client = createClient(port);
  expect((await client.get('/')).body).toBe('first');
  await release('second');
  const reload = [MUSTER, ...argumentsOf('ExecReload')];
  await run(process.execPath, reload, { cwd, env: { ...process.env, ...env } });
  expect((await client.get('/')).body).toBe('second');
  program.kill('SIGTERM');
  expect(await program.exited).toEqual({ code: 0, signal: null });
});

test('the Kubernetes manifest waits for longer than a drain, and probes ports that there are', () => {
  const { spec } = parse(block('yaml'));
  const [container] = spec.containers;
  const [, seconds] = container.lifecycle.preStop.exec.command;
  expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(Number(seconds) + 30);
  const ports = container.ports.map(({ name }: { name: string }) => name);
  for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
    expect(ports).toContain(container[probe].httpGet.port);
  }
});
