// A real cluster with a console, in a folder of its own.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SocketClient } from '../../packages/core/dist/extensions/control/socket-client.js';
import { type Program, runProgram } from './program.js';
import { freePort } from './redis/free-port.js';

const FIXTURE = new URL('../../packages/core/test/fixtures/unwell.js', import.meta.url);

export interface ConsoleCluster extends AsyncDisposable {
  readonly program: Program;
  /** Of the app. */
  readonly app: string;
  /** Of the admin endpoint. */
  readonly address: string;
  /** What `muster console` prints. */
  readonly link: string;
}

/** Settles when its two workers serve. */
export async function startConsoleCluster(): Promise<ConsoleCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'muster-console-page-'));
  const port = await freePort();
  const options = {
    admin: { port: 0, console: true },
    reload: { watchMs: 50 },
    // Else only what workers write to stderr is kept.
    logs: 'keep',
  };
  const program = runProgram(FIXTURE, {
    cwd: folder,
    env: {
      PORT: String(port),
      CLUSTER_OPTIONS: JSON.stringify(options),
      MUSTER_RUNTIME_DIR: folder,
      MUSTER_STORE_URL: `lmdb:${join(folder, 'store')}`,
    },
  });
  const [, address = ''] = await program.printed(/admin endpoint is (http:\S+\d)\./);
  const [, path = ''] = await program.printed(/control socket (\S+)/);
  await program.printed(/cluster is up/);
  const control = await SocketClient.connect(path);
  const { url: link } = (await control.call('console')) as { url: string };
  control.close();
  return {
    ...{ program, address, link },
    app: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
