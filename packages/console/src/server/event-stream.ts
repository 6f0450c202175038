// Reads `text/event-stream`, of which EventSource could read only a stream without a header of ours: lines `event:` and
// `data:`, and an empty line at the end of each event. Comments count as a sign of life and nothing else.

export interface StreamEvent {
  readonly name: string;
  readonly data: string;
}

/** UTF-16 units of an event that is not complete: the history of 64 slots is a tenth of it. */
const MOST = 16 * 1024 * 1024;

export class EventStream {
  /** The start of a line whose end has not come. */
  #line = '';
  #name = '';
  #data: string[] = [];
  #size = 0;

  /** The events that `text` completes. @throws RangeError for an event without an end */
  read(text: string): StreamEvent[] {
    const events: StreamEvent[] = [];
    const lines = text.split('\n');
    const last = lines.pop() ?? '';
    for (const rest of lines) {
      this.#endLine((this.#line + rest).replace(/\r$/, ''), events);
      this.#line = '';
    }
    this.#line += last;
    if (this.#size + this.#line.length > MOST) throw new RangeError('An event has no end');
    return events;
  }

  #endLine(line: string, events: StreamEvent[]): void {
    if (line === '') {
      if (this.#data.length > 0) {
        events.push({ name: this.#name || 'message', data: this.#data.join('\n') });
      }
      this.#name = '';
      this.#data = [];
      this.#size = 0;
      return;
    }
    const [, field, value = ''] = /^(\w+)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === 'event') this.#name = value;
    if (field === 'data') {
      this.#data.push(value);
      this.#size += value.length;
    }
  }
}
