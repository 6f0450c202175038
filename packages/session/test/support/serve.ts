// An app under test at a port of its own.
import type { RequestListener } from 'node:http';
import { onTestFinished } from 'vitest';
import { listen } from './app.js';

/** @returns its address. It is closed when the test is over. */
export async function serve(app: RequestListener): Promise<string> {
  const { server, url } = await listen(app);
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return url;
}
