// Does every task of tasks.js until it is killed. For each one that is acknowledged it adds a byte to a file, and every
// 20 ms it writes the time to another: both in files, because what is on its way in a pipe dies with the process.
// argv: the URL of the store, and what the names of its files start with.
// @ts-check

import { openSync, writeSync } from 'node:fs';
import { createSharedStore } from '@muster/store';
import { tasks } from './tasks.js';

const BEAT_MS = 20;

const [url = '', prefix = ''] = process.argv.slice(2);
const store = createSharedStore({ url, deadlineMs: 20_000 });
const beat = openSync(`${prefix}.beat`, 'w');
const time = new Float64Array(1);
const tellTime = () => {
  time[0] = Date.now();
  writeSync(beat, new Uint8Array(time.buffer), 0, 8, 0);
};

for (const { name, once } of tasks) {
  const acknowledged = openSync(`${prefix}.${name}`, 'w');
  const work = async () => {
    for (;;) {
      if ((await once(store)) !== false) writeSync(acknowledged, '+');
    }
  };
  work().catch((error) => {
    writeSync(2, `${name}: ${error.stack}\n`);
    process.exit(1);
  });
}
setInterval(tellTime, BEAT_MS);
process.on('disconnect', () => process.exit());
