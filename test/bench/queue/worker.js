// A worker process: runs jobs of the contender that its arguments name, and tells each, batched, until it is disconnected.
// @ts-check
import { contenders } from './contenders.js';

const [name = '', url = '', concurrency = ''] = process.argv.slice(2);
/** A message costs more than a job, and is none of what is measured. */
const TELL_MS = 5;
let done = 0;
const tell = () => {
  process.send?.(done);
  done = 0;
};
contenders[name]?.(url).work(Number(concurrency), () => {
  if (done++ === 0) setTimeout(tell, TELL_MS);
});
process.on('disconnect', () => process.exit());
process.send?.(0);
