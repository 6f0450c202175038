// The server-sent event streams that are open in this worker.

/** Bytes that a slow client may leave unread before its stream is closed; it may come again. */
const MOST_UNREAD = 256 * 1024;
/** Milliseconds between comments that keep proxies from closing a quiet stream. */
const KEEP_ALIVE_MS = 20_000;

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
     * @param {string} topic of what the stream begins with
     * @param {unknown} payload
     */
    open(response, topic, payload) {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
      response.write(`retry: 500\n\n${eventText(topic, payload)}`);
      open.add(response);
      response.once('close', () => open.delete(response));
    },

    /**
     * @param {string} topic
     * @param {unknown} payload
     */
    send(topic, payload) {
      write(eventText(topic, payload));
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
