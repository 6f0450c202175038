// docker-compose.yml is a valid Compose file, and keeps what README promises of it.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DCLinter } from 'dclint';
import { expect, onTestFinished, test } from 'vitest';
import { composeFile, publishedPorts, readComposeFile } from './compose-file.js';

const { services, volumes } = await readComposeFile();
const all = Object.entries(services);
const inProfile = (profile: string) => all.filter(([, { profiles }]) => profiles.includes(profile));

interface Message {
  rule: string;
  type: string;
  message: string;
  line: number;
}

/** Checks against the compose specification's JSON schema, which comes with dclint, and dclint's rules of substance. */
function lint(file: string): Message[] {
  const rules = {
    // Rules of order and quotes: they are warnings only, and most of the time that a check takes.
    'no-quotes-in-volumes': 0,
    'service-keys-order': 0,
    'services-alphabetical-order': 0,
    'top-level-properties-order': 0,
  } as const;
  const linter = new DCLinter({ rules, quiet: true, debug: false, exclude: [] });
  const results: { filePath: string; messages: Message[] }[] = linter.lintFiles([file], false);
  expect(results.map(({ filePath }) => filePath)).toEqual([file]);
  return results.flatMap(({ messages }) => messages).filter(({ type }) => type === 'error');
}

test('it follows the compose specification', async () => {
  expect(await readFile(composeFile, 'utf8')).not.toContain('dclint disable');
  expect(lint(composeFile)).toEqual([]);
});

test.each([
  ['a misspelt key', /^ {2}stop_grace_period:/m, '  stop_grace_time:', 'invalid-schema'],
  ['a condition that does not exist', 'service_healthy', 'service_well', 'invalid-schema'],
  ['a port for everybody', '127.0.0.1:6379:6379', '6379:6379', 'no-unbound-port-interfaces'],
  ['broken YAML', 'services:', 'services: [', 'invalid-yaml'],
])('the check finds %s', async (_, correct, wrong, rule) => {
  const folder = await mkdtemp(join(tmpdir(), 'muster-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'docker-compose.yml');
  const text = await readFile(composeFile, 'utf8');
  await writeFile(file, text.replace(correct, wrong));
  expect(lint(file).map((message) => message.rule)).toContain(rule);
});

test('without a profile there is the one Redis, on port 6379, append-only in a named volume', () => {
  const withoutProfile = all.filter(([, { profiles }]) => profiles.length === 0);
  expect(withoutProfile.map(([name]) => name)).toEqual(['redis']);
  expect(services.redis).toMatchObject({
    ports: ['127.0.0.1:6379:6379'],
    volumes: ['redis:/data'],
  });
  expect(services.redis?.command.join(' ')).toContain('--appendonly yes');
});

test('every profile publishes its own ports, of 127.0.0.1 only, under the numbers that the servers announce', () => {
  const ports = all.flatMap(([, service]) => service.ports.map(publishedPorts));
  for (const { address, host, container } of ports) {
    expect(address).toBe('127.0.0.1');
    expect(host).toEqual(container);
  }
  const published = ports.flatMap(({ host }) => host);
  expect(new Set(published).size).toBe(published.length);
  expect(published.sort((a, b) => a - b)).toEqual([
    6379, 6380, 6381, 6382, 7001, 7002, 7003, 7004, 7005, 7006, 26379, 26380, 26381,
  ]);
});

test.each(['cluster', 'sentinel'])(
  'all services of the profile %s share one network namespace',
  (profile) => {
    const host = `${profile}-host`;
    for (const [name, service] of inProfile(profile)) {
      expect.soft(service.network_mode, name).toBe(name === host ? undefined : `service:${host}`);
      expect.soft(service.profiles, name).toEqual([profile]);
      // A server on a port that its host does not publish could be announced, and not be reached.
      const port = Number(service.environment.PORT ?? Number.NaN);
      const published = services[host]?.ports.flatMap(
        (mapping) => publishedPorts(mapping).container,
      );
      if (!Number.isNaN(port)) expect.soft(published, name).toContain(port);
    }
    expect(inProfile(profile).filter(([, { environment }]) => 'PORT' in environment)).toHaveLength(
      6,
    );
  },
);

test.each(all)(
  '%s runs the pinned image, comes back after a crash, and refers to what exists',
  (name, service) => {
    expect(service.image).toMatch(/^redis:\d+(\.\d+)*-alpine$/);
    expect(service.restart).toBe('unless-stopped');
    expect(service.working_dir).toBe('/data');
    if (!name.endsWith('-host')) {
      expect(service.healthcheck).toMatchObject({ interval: '2s', timeout: '2s', retries: 15 });
      expect(service.healthcheck?.test[0]).toBe('CMD-SHELL');
    }
    for (const [dependency, { condition }] of Object.entries(service.depends_on)) {
      expect(services).toHaveProperty([dependency, 'healthcheck']);
      expect(condition).toBe('service_healthy');
    }
    for (const mapping of service.volumes) {
      expect(mapping).toBe(`${name}:/data`);
      expect(volumes).toHaveProperty([name]);
    }
  },
);

test('no volume is declared that nobody uses', () => {
  const used = all.flatMap(([, service]) =>
    service.volumes.map((mapping) => mapping.split(':')[0]),
  );
  expect(Object.keys(volumes).sort()).toEqual(used.sort());
});
