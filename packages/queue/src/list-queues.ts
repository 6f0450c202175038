// Lists the queues of a store.
import type { SharedStore } from '@muster/store';
import { textsIn } from './options/queue-options.js';
import { countsOf, lookAtQueue } from './procedures/look-at-queue.js';
import type { QueueInfo } from './queue.js';
import { baseOf, namesIn } from './queue-home.js';

/**
 * Every queue that was ever used in the store, by its name, with its counts.
 *
 * @throws InvalidOptionError, StoreError
 */
export async function listQueues(store: SharedStore): Promise<QueueInfo[]> {
  const texts = textsIn(store, 'queue');
  const names = await namesIn(texts);
  const looks = names.map((name) => texts.run(lookAtQueue, [baseOf(name)], undefined));
  return (await Promise.all(looks)).map((look, at) => ({
    name: names[at] ?? '',
    ...countsOf(look),
  }));
}
