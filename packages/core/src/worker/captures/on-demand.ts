// Loads what takes profiles and heap snapshots of this worker when its primary asks for the first one.
import { reasonOf } from '@muster/codec/thrown';
import { onCaptureRequest, sendCapture } from '../../channel/capture-message.js';

export function captureOnDemand(): void {
  onCaptureRequest(process, async (request) => {
    try {
      (await import('./captures.js')).hear(request);
    } catch (error) {
      // A deploy may have put other files in the place of these.
      if (request.type !== 'capture') return;
      sendCapture(process, { type: 'ended', id: request.id, error: reasonOf(error) });
    }
  });
}
