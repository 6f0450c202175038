import { onLifecycle, sendLifecycle } from '../../channel/lifecycle-message.js';

/**
 * Settles when nothing is on its way between this worker and the primary.
 *
 * Without it, connections would be lost: the primary may hand one over before it has seen that the servers here are closed.
 * Node refuses such a connection, and the primary gives it to another worker, but only while this worker lives.
 */
export async function farewell(): Promise<void> {
  const answered = new Promise<void>((resolve) => {
    onLifecycle(process, ({ type }) => type === 'farewell' && resolve());
    process.once('disconnect', resolve);
  });
  if (!process.connected) return;
  await sendLifecycle(process, { type: 'farewell' });
  await answered;
  await sendLifecycle(process, { type: 'farewell' });
}
