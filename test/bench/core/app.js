// The plain HTTP server that both clusters of the bench serve.
// @ts-check
import { createServer } from 'node:http';
import { env } from 'node:process';

const BODY = 'hello from a worker\n';

/** Listens on `PORT` of loopback. */
export function serve() {
  createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': BODY.length });
    response.end(BODY);
  }).listen(Number(env.PORT), '127.0.0.1');
}
