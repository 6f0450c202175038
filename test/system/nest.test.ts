// An app of Nest in a worker, as docs/guide/frameworks.md promises: its shutdown hooks, and a store as a provider.
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { createProject } from '../support/guide.js';
import { createClient } from '../support/http-client.js';

/** As the compiler writes decorators. */
const APP = `
import { Controller, Get, Inject, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createSharedStore } from '@muster/core';

class Life {
  onModuleDestroy() { console.log('hook onModuleDestroy'); }
  beforeApplicationShutdown(signal) { console.log('hook beforeApplicationShutdown', signal); }
  async onApplicationShutdown(signal) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    console.log('hook onApplicationShutdown', signal);
  }
}
Injectable()(Life);

class Visits {
  constructor(store) { this.store = store; }
  count() { return this.store.increment('visits'); }
  async slow() {
    console.log('asked');
    await new Promise((resolve) => setTimeout(resolve, 500));
    console.log('answers');
    return 'whole';
  }
}
Inject('STORE')(Visits, undefined, 0);
for (const [path, name] of [['/', 'count'], ['/slow', 'slow']]) {
  Get(path)(Visits.prototype, name, Object.getOwnPropertyDescriptor(Visits.prototype, name));
}
Controller()(Visits);

class App {}
const store = { provide: 'STORE', useFactory: () => createSharedStore() };
Module({ controllers: [Visits], providers: [Life, store] })(App);

const app = await NestFactory.create(App, { logger: false });
app.enableShutdownHooks();
await app.listen(0, '127.0.0.1');
console.log('port', app.getHttpServer().address().port);
`;

test('a drain answers what was asked, and then calls each hook of Nest once', async () => {
  await using project = await createProject();
  await project.install('@nestjs/common', '@nestjs/core', '@nestjs/platform-express');
  await project.write('main.mjs', APP);
  await using program = await project.run(`
    import { startCluster } from '@muster/core';
    await startCluster({ worker: './main.mjs', workers: 1 });`);
  const [, port] = await program.printed(/^port (\d+)$/m);
  expect((await createClient(Number(port)).get('/')).body).toBe('1');

  const slow = once(get({ port, path: '/slow' }), 'response') as Promise<[IncomingMessage]>;
  await program.printed(/^asked$/m);
  program.kill('SIGTERM');
  expect(await text((await slow)[0])).toBe('whole');
  expect(await program.exited).toEqual({ code: 0, signal: null });
  const told = program.output().match(/^(answers|hook .*)$/gm);
  expect(told).toEqual([
    'answers',
    'hook onModuleDestroy',
    'hook beforeApplicationShutdown SIGTERM',
    'hook onApplicationShutdown SIGTERM',
  ]);
});
