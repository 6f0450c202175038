// A CPU profile as a download: read from the capture piece by piece, as fast as the page reads.
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { loadCaptures } from '../../control/calls/capture-calls.js';
import type { Supervision } from '../../extension.js';
import { headersOf } from './reply.js';

const PIECE_BYTES = 256 * 1024;

/** @param taken called when there is a profile. @throws InvalidOptionError, CaptureError */
export async function sendProfile(
  supervision: Supervision,
  slot: number,
  forMs: number | undefined,
  response: ServerResponse,
  taken: () => void,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort(new Error('The page is gone.')));
  response.on('error', () => {});
  const { profileWorker } = await loadCaptures();
  const { signal } = gone;
  const options = { ...(forMs !== undefined && { forMs }), signal };
  const { file, generation } = await profileWorker(supervision, slot, options);
  try {
    signal.throwIfAborted();
    taken();
    const name = `slot-${slot}-generation-${generation}.cpuprofile`;
    response.writeHead(200, {
      ...headersOf({ type: 'application/json' }),
      'content-length': String(file.bytes),
      'content-disposition': `attachment; filename="${name}"`,
    });
    for (let offset = 0; offset < file.bytes; offset += PIECE_BYTES) {
      const piece = await file.read(offset, PIECE_BYTES);
      if (!response.write(piece)) await once(response, 'drain', { signal });
    }
    response.end();
    if (!response.closed) await once(response, 'close');
  } finally {
    await file.close();
  }
}
