// Muster shares Node's emitters with the app: what it adds to them is no leak, and warns of none.
import { EventEmitter } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { createDeployment } from '../../../../test/support/deployment.js';
import { freePort } from '../../../../test/support/redis/free-port.js';
import { raiseListenerLimit } from '../../dist/process/listener-limit.js';

const FIXTURE = new URL('../fixtures/everything.js', import.meta.url).pathname;

it.each(['ip', 'cookie:sid'])(
  'a cluster with all that there is, sticky by %s, prints no warning',
  async (by) => {
    const deployment = await createDeployment();
    onTestFinished(() => deployment[Symbol.asyncDispose]());
    const admin = String(await freePort());
    const program = deployment.start(
      [FIXTURE, '-w', '2', '--sticky', by, '--admin', admin, '--watch'],
      { NODE_OPTIONS: '--trace-warnings' },
    );
    await program.printed(/is ready: /);
    // What begins later has begun.
    await program.printed(/all parts are there[\s\S]*all parts are there/);
    expect(await deployment.muster(['stop'])).toMatchObject({ code: 0 });
    expect(program.output()).not.toContain('Warning');
  },
);

it('an emitter has its own limit and room for Muster; one without a limit stays without', () => {
  const [some, none] = [new EventEmitter(), new EventEmitter()];
  none.setMaxListeners(0);
  raiseListenerLimit(some, none);
  expect(some.getMaxListeners()).toBe(EventEmitter.defaultMaxListeners + 30);
  expect(none.getMaxListeners()).toBe(0);
});
