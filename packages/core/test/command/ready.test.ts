import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDeployment, type Deployment } from '../../../../test/support/deployment.js';

let deployment: Deployment;
beforeEach(async () => {
  deployment = await createDeployment();
});
afterEach(() => deployment[Symbol.asyncDispose]());

describe('muster start, once all is ready', () => {
  it('says so in one line: name, workers, addresses, pid, control socket', async () => {
    const program = deployment.start(['server.cjs', '-w', '2', '--name', 'shop']);
    const [line, pid, control = ''] = await program.printed(
      /^muster: shop is ready: 2 workers on \S+ \(pid (\d+), control (\S+)\)$/m,
    );
    expect(line).toContain(` on http://127.0.0.1:${deployment.port} (`);
    expect(Number(pid)).toBe(program.pid);
    expect(existsSync(control)).toBe(true);
    const { stdout } = await deployment.muster(['status', '--json']);
    const [first] = JSON.parse(stdout).workers;
    expect(first.addresses).toEqual([`http://127.0.0.1:${deployment.port}`]);
  });

  it('says so as fields with --json-logs', async () => {
    const args = ['server.cjs', '-w', '1', '--json-logs', '--admin', '0'];
    const program = deployment.start(args);
    const [line] = await program.printed(/^.*"event":"cluster\.ready".*$/m);
    expect(JSON.parse(line)).toMatchObject({
      ...{ level: 30, pid: program.pid, workers: 1, name: expect.any(String) },
      addresses: [`http://127.0.0.1:${deployment.port}`],
      control: expect.stringMatching(/\.sock$/),
      admin: expect.stringMatching(/^http:/),
    });
  });

  it.each([
    { kind: 'of HTTP/2', code: 'require("node:http2").createServer()', on: /http:\/\/127/ },
    { kind: 'with TLS', code: 'require("node:https").createServer()', on: /https:\/\/127/ },
    { kind: 'of TCP', code: 'require("node:net").createServer()', on: /127/ },
  ])('names the address of a server $kind', async ({ code, on }) => {
    await writeFile(join(deployment.app, 'app.cjs'), `${code}.listen(0, '127.0.0.1')`);
    const program = deployment.start(['app.cjs', '-w', '1']);
    const [, address] = await program.printed(/is ready: 1 worker on (\S+) \(/);
    expect(address).toMatch(new RegExp(`^${on.source}`));
  });
});

it('takes all flags of supervision together', async () => {
  const flags =
    '--sticky cookie:sid --trusted-proxies 10.0.0.0/8,::1 --parallel 2 --watch-ms 0 --hung-after never --max-age 1d ' +
    '--max-memory 1GiB --restart transient --restart-max-delay 1s --ready-timeout 20s --drain-timeout 10s';
  const program = deployment.start(['server.cjs', '-w', '2', ...flags.split(' ')]);
  await program.printed(/is ready: 2 workers on /);
  expect(await deployment.ask()).toMatchObject({ version: 'one' });
});
