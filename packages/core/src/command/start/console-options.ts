// What `--console` and `--console-read-only` make of the admin endpoint.
import { createServer } from 'node:net';
import type { ClusterOptions } from '../../cluster-options.js';

const HOST = '127.0.0.1';
const PORT = 9_999;

/** Without `--admin` the console is on loopback: on 9999, or on a free port (0) if another process has that one. */
export async function consoleOptions(
  { consoleReadOnly }: { readonly consoleReadOnly?: boolean },
  { admin }: Pick<ClusterOptions, 'admin'>,
): Promise<Pick<ClusterOptions, 'admin'>> {
  const console = consoleReadOnly ? { readOnly: true } : admin?.console;
  if (!console) return {};
  const port = admin?.port ?? ((await isFree(PORT)) ? PORT : 0);
  return { admin: { ...admin, port, console } };
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, HOST, () => server.close(() => resolve(true)));
  });
}
