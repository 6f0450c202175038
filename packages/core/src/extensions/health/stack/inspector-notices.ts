/**
 * Tells the lines that Node prints to stderr about the inspector of a process from what the process itself prints.
 *
 * The address of an inspector that the primary has opened is a secret. While it may appear, such lines are removed, however
 * they arrive and whatever precedes them on their line; everything else is passed on byte by byte. At other times nothing
 * is changed or held back: a user who opens an inspector wants to read its address.
 */
const MAX_BYTES = 300;

const NOTICE =
  /(?:Debugger listening on (ws:\/\/\S{1,200})|Debugger ending on ws:\/\/\S{1,200}|Debugger attached\.|For help, see: https:\/\/nodejs\.org\/\S{1,100}|Waiting for the debugger to disconnect\.\.\.|Starting inspector on \S{1,100} failed: [^\n]{1,100})\r?\n/g;

/** How such lines begin. */
const BEGINNINGS = [
  'Debugger listening on ws://',
  'Debugger ending on ws://',
  'Debugger attached.',
  'For help, see: https://nodejs.org/',
  'Waiting for the debugger to disconnect...',
  'Starting inspector on ',
] as const;

export class InspectorNotices {
  readonly #onAddress: (text: string) => void;
  #hiding = false;
  /** While hiding: bytes that may be the beginning of a notice, held back. Otherwise a copy of the last bytes. */
  #rest = '';

  /** `onAddress` is called with the text in the place of an address, which may be anything. */
  constructor(onAddress: (text: string) => void) {
    this.#onAddress = onAddress;
  }

  /** Returns the bytes to pass on. */
  push(chunk: Buffer): Buffer {
    // Each byte is one character, and comes back as the same byte.
    const text = this.#rest + chunk.toString('latin1');
    if (!this.#hiding) {
      this.#look(text);
      return chunk;
    }
    const passed = text.replaceAll(NOTICE, (_notice, address?: string) => {
      if (address !== undefined) this.#onAddress(address);
      return '';
    });
    const from = beginningIn(passed);
    this.#rest = passed.slice(from);
    return Buffer.from(passed.slice(0, from), 'latin1');
  }

  /** From now on notices are removed. */
  hide(): void {
    if (this.#hiding) return;
    this.#hiding = true;
    this.#rest = '';
  }

  /** From now on notices are passed on. @returns what was held back */
  show(): Buffer {
    const held = this.#hiding ? this.#rest : '';
    this.#hiding = false;
    this.#rest = '';
    return Buffer.from(held, 'latin1');
  }

  #look(text: string): void {
    let end = 0;
    const notices = text.includes(BEGINNINGS[0]) ? text.matchAll(NOTICE) : [];
    for (const notice of notices) {
      if (notice[1] !== undefined) this.#onAddress(notice[1]);
      end = notice.index + notice[0].length;
    }
    this.#rest = text.slice(Math.max(end, text.length - MAX_BYTES));
  }
}

/** The index at which the end of `text` may be the beginning of a notice; its length if there is none. */
function beginningIn(text: string): number {
  const line = text.lastIndexOf('\n') + 1;
  for (let from = Math.max(line, text.length - MAX_BYTES); from < text.length; from++) {
    const tail = text.slice(from);
    if (BEGINNINGS.some((one) => one.startsWith(tail) || tail.startsWith(one))) return from;
  }
  return text.length;
}
