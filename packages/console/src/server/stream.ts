// Keeps the stream of the console open: reads it, notices when it falls silent, and connects again.
import type { StreamEvents } from '@muster/core/console';
import { CallError, send } from './calls.js';
import { EventStream } from './event-stream.js';
import { reconnectDelayMs, SILENCE_MS, stateAfter } from './reconnect.js';

export type ConnectionState = 'connecting' | 'live' | 'reconnecting' | 'lost';

export interface StreamListener {
  event<Name extends keyof StreamEvents>(name: Name, data: StreamEvents[Name]): void;
  /** `reason`: why there is no stream. `retryAt`: when the next attempt begins, milliseconds since the epoch. */
  connection(state: ConnectionState, reason?: string, retryAt?: number): void;
  /** Whether lines of logs are wanted, asked at each attempt. */
  wantsLogs(): boolean;
}

export class Stream {
  readonly #listener: StreamListener;
  readonly #closed = new AbortController();
  /** Of the attempt, or the wait, that is under way. */
  #attempt = new AbortController();
  #failures = 0;
  /** Whether `reconnect` ended the attempt. */
  #asked = false;

  constructor(listener: StreamListener) {
    this.#listener = listener;
    addEventListener('online', this.reconnect);
    void this.#run();
  }

  /** Connects anew at once, for example since lines of logs are wanted. */
  readonly reconnect = (): void => {
    this.#asked = true;
    this.#attempt.abort();
  };

  close(): void {
    removeEventListener('online', this.reconnect);
    this.#closed.abort();
    this.#attempt.abort();
  }

  async #run(): Promise<void> {
    this.#listener.connection('connecting');
    while (!this.#closed.signal.aborted) {
      this.#attempt = new AbortController();
      const reason = await this.#read(this.#attempt).catch(reasonOf);
      if (this.#closed.signal.aborted) return;
      if (this.#asked) {
        this.#asked = false;
        this.#failures = 0;
        continue;
      }
      this.#failures++;
      const delayMs = reconnectDelayMs(this.#failures, Math.random());
      this.#listener.connection(stateAfter(this.#failures), reason, Date.now() + delayMs);
      this.#attempt = new AbortController();
      await wait(delayMs, this.#attempt.signal);
      this.#asked = false;
    }
  }

  /** Until the stream ends; resolves to why it did. */
  async #read(attempt: AbortController): Promise<string> {
    let silence = this.#watch(attempt);
    try {
      const path = this.#listener.wantsLogs() ? 'api/stream?logs=1' : 'api/stream';
      const answer = await send(path, { signal: attempt.signal });
      const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
      const events = new EventStream();
      for (;;) {
        const chunk = await reader?.read();
        if (!chunk || chunk.done) return 'The stream ended.';
        clearTimeout(silence);
        silence = this.#watch(attempt);
        for (const { name, data } of events.read(chunk.value)) this.#tell(name, data);
      }
    } finally {
      clearTimeout(silence);
    }
  }

  #watch(attempt: AbortController) {
    return setTimeout(() => attempt.abort(new Error('Nothing came for too long.')), SILENCE_MS);
  }

  #tell(name: string, data: string): void {
    if (name === 'hello') {
      this.#failures = 0;
      this.#listener.connection('live');
    }
    this.#listener.event(name as keyof StreamEvents, JSON.parse(data));
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof CallError || error instanceof RangeError) return error.message;
  return error instanceof Error && error.name !== 'AbortError'
    ? error.message
    : 'The stream broke.';
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
