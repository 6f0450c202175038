// A server that needs its database, and that one request in particular ends. Plain Node, so that whatever runs it is
// compared on the same code.
import { createServer } from 'node:http';
import { connect } from 'node:net';

const { PORT, DATABASE } = process.env;

if (DATABASE) {
  await new Promise((resolve) => {
    const database = connect(DATABASE, () => resolve(undefined));
    for (const event of ['error', 'close']) {
      database.on(event, () => {
        console.error('the database is away');
        process.exit(1);
      });
    }
  });
}

createServer((request, response) => {
  if (request.url === '/poison') throw new Error('poisoned');
  response.end(`${process.pid}`);
}).listen(Number(PORT), '127.0.0.1', () => {
  // What PM2's `wait_ready` waits for; nobody else listens.
  process.send?.('ready');
});
