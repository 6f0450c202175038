// The conformance suite: the promises of queues on every engine, as tests for any runner.
import { adding } from './adding.js';
import { caring } from './caring.js';
import { type ConformanceTest, type QueueUnderTest, tests } from './case.js';
import { joining } from './joining.js';
import { keeping } from './keeping.js';
import { losing } from './losing.js';
import { mending } from './mending.js';
import { running } from './running.js';
import { scheduling } from './scheduling.js';
import { starting } from './starting.js';

export type { ConformanceTest, QueueUnderTest };

/**
 * The tests, each on its own and in any order. They check with `node:assert`, so that any runner will do:
 *
 *     for (const { name, run } of queueConformance({ open })) it(name, run);
 */
export function queueConformance(subject: QueueUnderTest): ConformanceTest[] {
  return [
    ...tests(subject, 'adding', adding),
    ...tests(subject, 'joining', joining),
    ...tests(subject, 'running', running),
    ...tests(subject, 'caring', caring),
    ...tests(subject, 'keeping', keeping),
    ...tests(subject, 'mending', mending),
    ...tests(subject, 'losing', losing),
    ...tests(subject, 'scheduling', scheduling),
    ...tests(subject, 'starting', starting),
  ];
}
