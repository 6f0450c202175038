// `muster profile` and `muster heap`: have a capture taken by the cluster, and write it as a file of this user.

import { performance } from 'node:perf_hooks';
import type { TakenCapture } from '../../extensions/control/calls/capture-calls.js';
import type { SlotStatus } from '../../worker-status.js';
import { print, withCluster } from '../cluster/cluster-call.js';
import type { ConnectedCluster, Target } from '../cluster/clusters.js';
import { confirm } from '../line/confirm.js';
import { CommandFailure, exits } from '../line/failure.js';
import { bytes, duration } from '../view/units.js';
import { CaptureOutput, outputPath } from './output-file.js';
import { pauseText } from './pause.js';

/** Milliseconds for an answer that takes no work. */
const TIMEOUT_MS = 10_000;

export interface CaptureOptions extends Target {
  /** Default: a file named after the cluster, the slot and the time, in the working directory. */
  readonly output?: string;
}

export async function profile(
  slot: number,
  { for: forMs = 10_000, output, ...target }: CaptureOptions & { readonly for?: number },
): Promise<void> {
  await withCluster(target, async (cluster) => {
    const { client, name } = cluster;
    using file = new CaptureOutput(outputPath(output, { name, slot, ending: '.cpuprofile' }));
    file.interrupted = () => {
      console.error('\nmuster: the profile ends here, and is written; Ctrl-C again drops it');
      client.call('finish').catch(() => {});
    };
    console.error(
      `muster: worker ${slot} is profiled for ${duration(forMs)}; Ctrl-C ends it earlier`,
    );
    const taken = (await client.call('profile', { slot, forMs })) as TakenCapture;
    await receive(cluster, taken, file);
    print(
      `${file.path}: ${bytes(taken.bytes)}, worker ${slot} (pid ${taken.pid}, generation ${taken.generation}). ` +
        'Open it with the Performance panel of Chrome DevTools, VS Code, or speedscope.app',
    );
  });
}

export async function heap(
  slot: number,
  { output, yes, ...target }: CaptureOptions & { readonly yes?: boolean },
): Promise<void> {
  await withCluster(target, async (cluster) => {
    const { client, name } = cluster;
    const status = await client.call('slot', { slot }, { timeoutMs: TIMEOUT_MS });
    using file = new CaptureOutput(outputPath(output, { name, slot, ending: '.heapsnapshot' }));
    await confirm(pauseText(status as SlotStatus), { yes: yes ?? false });
    const begun = performance.now();
    const taken = (await client.call('heap', { slot })) as TakenCapture;
    const tookMs = performance.now() - begun;
    await receive(cluster, taken, file);
    print(
      `${file.path}: ${bytes(taken.bytes)}, worker ${slot} (pid ${taken.pid}, generation ${taken.generation}), in ` +
        `${duration(tookMs)}. It has every string that the worker had in memory, secrets included. ` +
        'Open it with the Memory panel of Chrome DevTools',
    );
  });
}

async function receive(
  { client }: ConnectedCluster,
  taken: TakenCapture,
  file: CaptureOutput,
): Promise<void> {
  let offset = 0;
  while (offset < taken.bytes) {
    const answer = await client.call('read', { offset }, { timeoutMs: TIMEOUT_MS });
    const piece = Buffer.from(String(answer), 'base64');
    if (piece.length === 0) {
      throw new CommandFailure('The cluster gave less than it had said.', exits.failed);
    }
    file.write(piece);
    offset += piece.length;
  }
  file.keep();
}
