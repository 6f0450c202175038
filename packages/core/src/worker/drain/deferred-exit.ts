/**
 * Defers `process.exit()` in the app's shutdown code until every accepted request is answered. Meanwhile the call returns,
 * which it otherwise never does. If it threw an exception instead, most shutdown code would catch that and report a failure
 * that did not happen.
 */
import { syncBuiltinESMExports } from 'node:module';

type Code = number | string | null | undefined;

export class DeferredExit {
  /** Settles when the app has called `process.exit()`. */
  readonly asked: Promise<void>;
  wasAsked = false;
  readonly #exit = process.exit;
  #code: Code;
  #settle!: () => void;

  constructor() {
    this.asked = new Promise((resolve) => {
      this.#settle = resolve;
    });
    process.exit = ((code?: Code) => this.ask(code)) as typeof process.exit;
    // For code that imports it by name.
    syncBuiltinESMExports();
  }

  /** What `process.exit()` does now. The first call decides the exit code. */
  ask(code?: Code): void {
    if (!this.wasAsked) this.#code = code;
    this.wasAsked = true;
    this.#settle();
  }

  /** Ends the process with that code, or with `process.exitCode`. */
  now(): never {
    return this.#exit.call(process, this.#code ?? undefined);
  }
}
