// The end of a cluster under new connections: what it accepted is answered, all else is refused. The system itself resets what
// arrives in the moment of the close, and keeps room for one: see listening-sockets.ts.
import { Agent, request } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { type Program, runProgram } from '../../../../test/support/program.js';
import { freePort } from '../../../../test/support/redis/free-port.js';

const SERVER = new URL('../fixtures/lean.js', import.meta.url);
/** As many at a time are more than two workers take in one turn. */
const CLIENTS = 60;

let program: Program | undefined;
afterEach(() => program?.[Symbol.asyncDispose]());

it('a stop under new connections resets none but one that arrives in the moment of the close', async () => {
  for (let round = 0; round < 3; round += 1) {
    const outcomes: string[] = [];
    const port = await freePort();
    program = runProgram(SERVER, { env: { PORT: String(port) } });
    await program.printed(/cluster is up/);
    let refused = false;
    const client = async () => {
      while (!refused) {
        const outcome = await ask(port);
        outcomes.push(outcome);
        refused ||= outcome === 'ECONNREFUSED';
      }
    };
    const clients = Promise.all(Array.from({ length: CLIENTS }, client));
    await new Promise((resolve) => setImmediate(resolve));
    program.kill('SIGTERM');
    await clients;
    expect(await program.exited).toEqual({ code: 0, signal: null });
    const others = outcomes.filter(
      (outcome) => outcome !== 'answered' && outcome !== 'ECONNREFUSED',
    );
    expect(['', 'ECONNRESET']).toContain(others.join());
  }
});

function ask(port: number): Promise<string> {
  const agent = new Agent({ keepAlive: false });
  return new Promise((resolve) => {
    const asked = request({ host: '127.0.0.1', port, agent }, (response) => {
      response.once('error', ({ message }) => resolve(message));
      response.resume().once('end', () => resolve('answered'));
    });
    asked.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    asked.end();
  });
}
