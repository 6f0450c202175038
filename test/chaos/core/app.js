// The server that is deployed: plain Node, so that whatever runs it is compared on the same code. It echoes what it gets.
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  /** @type {Buffer[]} */
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.once('end', () => {
    const body = request.method === 'POST' ? Buffer.concat(parts) : Buffer.from(`${process.pid}`);
    response.setHeader('content-length', body.length);
    response.end(body);
  });
});

server.listen(Number(process.env.PORT), '127.0.0.1', () => {
  // What PM2's `wait_ready` waits for; nobody else listens.
  process.send?.('ready');
});

if (process.env.SPIN_ON_SIGNAL) {
  process.on('SIGWINCH', () => {
    process.stderr.write('spinning\n');
    for (;;);
  });
}

// What PM2's guide asks an app to do for a graceful reload. Muster sends no SIGINT.
if (process.env.CLOSE_ON_SIGINT) process.on('SIGINT', () => server.close(() => process.exit(0)));
