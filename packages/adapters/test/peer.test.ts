import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { MissingPeerError } from '@muster/adapters';
import { describe, expect, it } from 'vitest';
import { requirePeer } from '../dist/shared/peer.js';
import { installedWith } from './support/installed.js';

const run = promisify(execFile);

describe('the peer of an adapter', () => {
  it('is what require() gives', () => {
    const express = createRequire(import.meta.url)('express');
    expect(requirePeer('express', 'express')).toBe(express);
  });

  it('is named, with the command that installs it, where it is missing', () => {
    expect(() => requirePeer('nothing', '@none/nothing/part')).toThrow(
      expect.objectContaining({
        code: 'MUSTER_MISSING_PEER',
        peer: '@none/nothing',
        message:
          '@muster/adapters/nothing needs the package @none/nothing, which is not installed: run `npm install @none/nothing`',
      }),
    );
    expect(new MissingPeerError('a', 'b')).toBeInstanceOf(Error);
  });

  it('may be missing where an adapter runs none of its code', async () => {
    const folder = await installedWith({});
    const script = `
      for (const name of ['express-rate-limit', 'fastify-rate-limit', 'nest-throttler', 'better-auth'])
        await import('@muster/adapters/' + name);
      await import('@muster/adapters/rate-limiter-flexible').catch(({ code, peer }) =>
        console.log(code, peer));`;
    // NODE_PATH, which package managers set, has packages of others.
    const { NODE_PATH, ...env } = process.env;
    const args = ['--input-type=module', '--eval', script];
    const { stdout } = await run(process.execPath, args, { cwd: folder, env });
    expect(stdout).toBe('MUSTER_MISSING_PEER rate-limiter-flexible\n');
  });

  it('that is there may fail in its own way', () => {
    // Its exports do not have this.
    expect(() => requirePeer('express', 'hono/nothing')).toThrow(
      expect.objectContaining({ code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' }),
    );
  });
});
