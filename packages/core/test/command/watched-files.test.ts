import { describe, expect, it } from 'vitest';
import {
  countsAsCode,
  ignoring,
  isHidden,
  mayBeCode,
} from '../../dist/command/start/watch/watched-files.js';

describe('for --watch', () => {
  it.each([
    { path: '/app/a.js', may: true },
    { path: '/app/a.tsx', may: true },
    { path: '/app/data.json', may: true },
    { path: '/app/page.html', may: false },
    { path: '/app/store.sqlite', may: false },
    { path: '/app/Makefile', may: false },
  ])('$path may be code: $may', ({ path, may }) => expect(mayBeCode(path)).toBe(may));

  it.each([
    { path: '/app/.env', hidden: true },
    { path: '/app/node_modules', hidden: true },
    { path: '/app/src', hidden: false },
  ])('$path is hidden: $hidden', ({ path, hidden }) => expect(isHidden(path)).toBe(hidden));

  it.each([
    { path: '/app/a.js', code: true },
    { path: '/app/config.json', code: true },
    { path: '/app/data/users.json', code: false },
    { path: '/app/package.json', code: true },
    { path: '/app/tsconfig.build.json', code: true },
  ])('$path counts as code: $code', ({ path, code }) => {
    expect(countsAsCode(path, new Set(['/app/config.json']))).toBe(code);
  });

  it.each([
    { pattern: 'data', path: '/app/data/users.js', ignored: true },
    { pattern: './data/', path: '/app/data', ignored: true },
    { pattern: 'data', path: '/app/src/data', ignored: true },
    { pattern: 'data', path: '/app/database.js', ignored: false },
    { pattern: 'src/generated', path: '/app/src/generated/a.js', ignored: true },
    { pattern: '*.gen.js', path: '/app/src/a.gen.js', ignored: true },
    { pattern: '*.gen.js', path: '/app/src/a.js', ignored: false },
    { pattern: 'src/**/*.{snap,gen}.js', path: '/app/src/a/b/c.snap.js', ignored: true },
    { pattern: '/app/src', path: '/app/src/a.js', ignored: true },
    { pattern: '/srv/*.js', path: '/srv/a.js', ignored: true },
    { pattern: '../shared', path: '/shared/a.js', ignored: true },
    { pattern: '**', path: '/app', ignored: false },
  ])('--watch-ignore $pattern ignores $path: $ignored', ({ pattern, path, ignored }) => {
    expect(ignoring([pattern], '/app')(path)).toBe(ignored);
  });
});
