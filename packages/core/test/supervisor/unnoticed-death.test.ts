import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { runProgram } from '../../../../test/support/program.js';

/** A connection of its own. @throws where no answer comes */
function ask(port: string | undefined, path = '/'): Promise<string> {
  return new Promise((resolve, reject) => {
    const url = `http://127.0.0.1:${port}${path}`;
    const request = get(url, { agent: false }, (response) => resolve(text(response)));
    request.on('error', reject).setTimeout(20_000, () => request.destroy(new Error('no answer')));
  });
}

it('a connection is never offered to a worker that is dead, though Node has not heard it leave', async () => {
  await using program = runProgram(new URL('../fixtures/unnoticed-death.js', import.meta.url));
  await program.printed(/cluster is up/);
  const [, port] = await program.printed(/port (\d+)/);
  for (let round = 0; round < 3; round += 1) {
    await program.printed(new RegExp(`(?:port \\d+[^]*?){${round + 2}}`));
    await ask(port, '/spin');
    await program.printed(new RegExp(`(?:spins \\d+[^]*?){${round + 1}}`));
    const [pid] =
      program
        .output()
        .match(/(?<=spins )\d+/g)
        ?.slice(-1) ?? [];
    const offered = Array.from({ length: 6 }, () => ask(port));
    program.kill('SIGUSR2');
    await program.printed(new RegExp(`exit ${pid}`));
    expect(await Promise.all(offered)).not.toContain(pid);
    for (let n = 0; n < 10; n += 1) expect(await ask(port)).not.toBe(pid);
  }
});
