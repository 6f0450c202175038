// The server-sent event streams that are open in this worker.

/** Bytes that a slow client may leave unread before its stream is closed; it may come again. */
const MOST_UNREAD = 256 * 1024;
/** How many a worker has open at once; another one is refused with a 503. */
const MOST_OPEN = 100;
/** Milliseconds between comments that keep proxies from closing a quiet stream. */
const KEEP_ALIVE_MS = 20_000;
/** Milliseconds after which a browser whose stream has ended opens another one. */
const RETRY_MS = 100;

export function createEventStreams() {
  /** @type {Set<import('express').Response>} */
  const open = new Set();

  const write = (/** @type {string} */ text) => {
    for (const stream of open) {
      if (stream.writableLength > MOST_UNREAD) stream.destroy();
      else stream.write(text);
    }
  };
  setInterval(() => write(': still here\n\n'), KEEP_ALIVE_MS).unref();

  return {
    /**
     * @param {import('express').Response} response
     * @param {Record<string, unknown>} first what the stream begins with: payloads by topic
     */
    open(response, first) {
      if (open.size >= MOST_OPEN) {
        return void response.status(503).json({ error: 'Too many pages are open here.' });
      }
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
      const events = Object.entries(first).map(([topic, payload]) => eventText(topic, payload));
      response.write(`retry: ${RETRY_MS}\n\n${events.join('')}`);
      open.add(response);
      response.once('close', () => open.delete(response));
    },

    /**
     * @param {string} topic
     * @param {unknown} payload
     */
    send(topic, payload) {
      if (open.size) write(eventText(topic, payload));
    },

    end() {
      for (const stream of open) stream.end();
    },
  };
}

/**
 * @param {string} topic
 * @param {unknown} payload
 */
function eventText(topic, payload) {
  return `event: ${topic}\ndata: ${JSON.stringify(payload)}\n\n`;
}
