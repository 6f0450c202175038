/**
 * Takes over the terminal for a full-screen program: its own screen, no cursor, single keys. However the process ends,
 * except by SIGKILL, the terminal is restored.
 */
import type { ReadStream, WriteStream } from 'node:tty';

const ESC = '\u001b[';
const ENTER = `${ESC}?1049h${ESC}?25l`;
const LEAVE = `${ESC}?25h${ESC}?1049l`;

const FATAL = ['SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
const CTRL_C = '\u0003';
const CTRL_Z = '\u001a';

export interface ScreenEvents {
  /** q, or Ctrl-C. */
  quit(): void;
  /** Called when the size changed, or the terminal is ours again. */
  redraw(): void;
}

export class Screen {
  readonly #output: WriteStream;
  readonly #input: ReadStream;
  readonly #events: ScreenEvents;
  #entered = false;

  constructor(output: WriteStream, input: ReadStream, events: ScreenEvents) {
    this.#output = output;
    this.#input = input;
    this.#events = events;
  }

  enter(): void {
    this.#output.on('resize', this.#events.redraw);
    this.#input.on('data', this.#key);
    process.on('SIGINT', this.#events.quit);
    process.on('SIGCONT', this.#take);
    process.on('exit', this.#giveBack);
    for (const signal of FATAL) process.once(signal, this.#die);
    // Last, so that no signal can leave the terminal like this.
    this.#take();
  }

  /** Restores the terminal. Nothing keeps the process alive afterwards. */
  leave(): void {
    this.#giveBack();
    this.#output.off('resize', this.#events.redraw);
    this.#input.off('data', this.#key);
    this.#input.pause();
    process.off('SIGINT', this.#events.quit);
    process.off('SIGCONT', this.#take);
    process.off('exit', this.#giveBack);
    for (const signal of FATAL) process.off(signal, this.#die);
  }

  get size(): { width: number; height: number } {
    return { width: this.#output.columns || 80, height: this.#output.rows || 24 };
  }

  /** Overwrites line by line, so that nothing flickers. */
  draw(lines: readonly string[]): void {
    if (!this.#entered) return;
    const cleared = lines.map((line) => `${line}${ESC}K`).join('\r\n');
    this.#output.write(`${ESC}H${cleared}${ESC}J`);
  }

  #take = () => {
    if (this.#entered) return;
    this.#entered = true;
    if (this.#input.isTTY) this.#input.setRawMode(true);
    this.#output.write(ENTER);
    this.#events.redraw();
  };

  #giveBack = () => {
    if (!this.#entered) return;
    this.#entered = false;
    this.#output.write(LEAVE);
    if (this.#input.isTTY) this.#input.setRawMode(false);
  };

  #key = (typed: Buffer) => {
    for (const key of typed.toString('utf8')) {
      if (key === 'q' || key === CTRL_C) this.#events.quit();
      if (key === CTRL_Z) {
        this.#giveBack();
        // Stops the whole job, as the terminal would: npx may be waiting for us.
        process.kill(0, 'SIGTSTP');
      }
    }
  };

  #die = (signal: NodeJS.Signals) => {
    this.leave();
    process.kill(process.pid, signal);
  };
}
