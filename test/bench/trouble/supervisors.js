// Muster and PM2, each with four workers of one app, as their defaults are.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pm2Of } from './pm2.js';

const PRIMARY = fileURLToPath(new URL('../../chaos/core/primary.js', import.meta.url));

/** @typedef {{ PORT: string, DATABASE: string }} AppEnv */
/**
 * @typedef {object} Running
 * @property {() => Promise<string>} state in its own words
 * @property {() => Promise<unknown>} stop
 */
/** @typedef {{ name: string, start(app: string, workers: number, env: AppEnv): Promise<Running> }} Supervisor */

/** @type {Supervisor} */
export const muster = {
  name: 'Muster',
  async start(app, workers, env) {
    const options = { worker: app, workers, control: false };
    const child = fork(PRIMARY, [], {
      env: { ...process.env, ...env, CLUSTER_OPTIONS: JSON.stringify(options) },
      silent: true,
    });
    child.stdout?.resume();
    child.stderr?.resume();
    const exited = once(child, 'exit');
    await Promise.race([once(child, 'message'), exited]);
    const ended = () => child.exitCode ?? child.signalCode;
    return {
      async state() {
        if (ended() !== null) return `ended with ${ended()}`;
        child.send({ id: 1, call: 'status', args: [] });
        for (;;) {
          const [{ id, value }] = await once(child, 'message');
          if (id === 1) return value.degraded ? `${value.state}, degraded` : value.state;
        }
      },
      async stop() {
        child.kill('SIGTERM');
        await exited;
      },
    };
  },
};

/**
 * Cluster mode and `wait_ready`, with time enough to start on a busy machine.
 *
 * @param {string} name
 * @param {string} folder in which it is installed
 * @param {...string} flags
 * @returns {Supervisor}
 */
export function pm2(name, folder, ...flags) {
  return {
    name,
    async start(app, workers, env) {
      const home = join(folder, `home-${name.replaceAll(/\W+/g, '-')}`);
      await mkdir(home, { recursive: true });
      const call = pm2Of(folder, { ...process.env, ...env, PM2_HOME: home });
      const given = ['-i', String(workers), '--wait-ready', '--listen-timeout', '30000', ...flags];
      await call('start', app, '--name', 'app', ...given);
      return {
        async state() {
          const printed = await call('jlist');
          const list = JSON.parse(printed.slice(printed.indexOf('[{')));
          /** @type {Record<string, number>} */
          const counts = {};
          for (const { pm2_env: of } of list) counts[of.status] = (counts[of.status] ?? 0) + 1;
          return Object.entries(counts)
            .map(([status, count]) => `${count} ${status}`)
            .join(', ');
        },
        stop: () => call('kill'),
      };
    },
  };
}
