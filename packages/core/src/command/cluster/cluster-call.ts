// One call to a running cluster: finds the cluster, and explains a refused call.
import type { AnsweredError } from '../../extensions/control/protocol.js';
import { RefusedCallError } from '../../extensions/control/socket-client.js';
import { printable } from '../../text/printable.js';
import { CommandFailure, exits, isUsageError } from '../line/failure.js';
import { type ConnectedCluster, connectTo, type Target } from './clusters.js';

export const print = (...lines: string[]) => {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
};

export async function withCluster(
  target: Target,
  use: (cluster: ConnectedCluster) => Promise<void>,
): Promise<void> {
  const cluster = await connectTo(target);
  try {
    await use(cluster);
  } catch (error) {
    if (!(error instanceof RefusedCallError)) throw error;
    throw new CommandFailure(
      explain(error.answered),
      isUsageError(error.answered.code) ? exits.usage : exits.failed,
    );
  } finally {
    cluster.client.close();
  }
}

function explain({ message, code, details = {} }: AnsweredError): string {
  const stderr = Array.isArray(details.stderr) ? details.stderr.map(String) : [];
  return [
    code ? `${message} (${code})` : message,
    ...(stderr.length > 0 ? ['The last lines of its stderr:'] : []),
    ...stderr.map((line) => `  ${printable(line)}`),
  ].join('\n');
}
