/**
 * `process.exit()` in the app's shutdown code: what was accepted is answered before it. Until then it returns, which it
 * does not do otherwise. An exception in its place would be caught by the `catch` that most shutdown code has, and end as
 * a failure that there is not.
 */
import { syncBuiltinESMExports } from 'node:module';

type Code = number | string | null | undefined;

export class DeferredExit {
  /** Settles when the app has asked for it. */
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
    // For those who import it by its name.
    syncBuiltinESMExports();
  }

  /** What `process.exit()` does now. The first to ask says with which code. */
  ask(code?: Code): void {
    if (!this.wasAsked) this.#code = code;
    this.wasAsked = true;
    this.#settle();
  }

  /** Ends the process with that code, else with `process.exitCode`. */
  now(): never {
    return this.#exit.call(process, this.#code ?? undefined);
  }
}
