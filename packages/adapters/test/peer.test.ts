import { createRequire } from 'node:module';
import { MissingPeerError } from '@muster/adapters';
import { describe, expect, it } from 'vitest';
import { requirePeer } from '../dist/peer.js';

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

  it('that is there may fail in its own way', () => {
    // Its exports do not have this.
    expect(() => requirePeer('express', 'hono/nothing')).toThrow(
      expect.objectContaining({ code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' }),
    );
  });
});
