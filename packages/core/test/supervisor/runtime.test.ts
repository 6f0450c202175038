import { expect, it } from 'vitest';
import { assertNode } from '../../dist/supervisor/runtime.js';

it.each([
  ['Bun', { node: '24.3.0', bun: '1.4.5' }, /this is Bun 1\.4\.5/],
  ['Deno', { node: '24.2.0', deno: '2.9.6' }, /this is Deno 2\.9\.6/],
])('%s is refused by its name', (_, versions, says) => {
  expect(() => assertNode(versions)).toThrow(says);
  expect(() => assertNode(versions)).toThrow(
    expect.objectContaining({ code: 'MUSTER_UNSUPPORTED_RUNTIME' }),
  );
});

it('Node is not', () => {
  expect(() => assertNode({ node: '20.19.0', v8: '11' })).not.toThrow();
});
