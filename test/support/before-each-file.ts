// Of Node 20: after a synchronous stat of a socket, `import()` finds no package behind a link (packages/core/src/stats.ts).
// A test file that did one must not leave that to the next in its process.
import { statSync } from 'node:fs';

statSync('/');
