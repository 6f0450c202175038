// What is said with a worker about one capture, from the order to its end. A worker has one at a time.
import type { ChildProcess } from 'node:child_process';
import { type CaptureOrder, onCaptureReport, sendCapture } from '../../channel/capture-message.js';

/** Without either, the worker says that it has written the file. */
export interface Ending {
  readonly exited?: true;
  /** Why there is no file, in the worker's words. */
  readonly error?: string;
}

const open = new WeakSet<ChildProcess>();
let lastId = 0;

export class WorkerConversation {
  static isOpenWith(child: ChildProcess): boolean {
    return open.has(child);
  }

  /** The worker has heard of it. Never rejects. */
  readonly began: Promise<void>;
  /** Never rejects, and settles at the exit of the worker at the latest. */
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;
  readonly #id = ++lastId;
  #hasBegun = false;
  #end: (ending: Ending) => void = () => {};

  constructor(child: ChildProcess, order: Omit<CaptureOrder, 'type' | 'id'>) {
    this.#child = child;
    open.add(child);
    let begin = () => {};
    const began = new Promise<void>((resolve) => {
      begin = () => {
        this.#hasBegun = true;
        resolve();
      };
    });
    this.ended = new Promise((resolve) => {
      const end = (ending: Ending) => {
        unlisten();
        child.off('exit', exit);
        open.delete(child);
        resolve(ending);
      };
      this.#end = end;
      const exit = () => end({ exited: true });
      const unlisten = onCaptureReport(child, (report) => {
        if (report.id !== this.#id) return;
        if (report.type === 'began') begin();
        else end(report.error === undefined ? {} : { error: report.error });
      });
      child.once('exit', exit);
    });
    this.began = Promise.race([began, this.ended.then(() => {})]);
    sendCapture(child, { type: 'capture', id: this.#id, ...order });
  }

  /** Ends a profile before its time. */
  readonly finish = (): void => {
    sendCapture(this.#child, { type: 'finish', id: this.#id });
  };

  /** Nobody waits any more. A worker that has not begun may never have heard of it, and is not waited for either. */
  drop(): void {
    sendCapture(this.#child, { type: 'discard', id: this.#id });
    if (!this.#hasBegun) this.#end({ error: 'it was dropped' });
  }
}
