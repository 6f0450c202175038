// Where in a value the check is: the path for a refusal, and the objects that are open, to see a cycle.

import { UnsupportedValueError } from '../errors.js';
import { MAX_DEPTH } from '../limits.js';

/** An object key, an array index, or a step that is written as it stands, as in `.get("name")`. */
export type Step = string | number | { readonly text: string };

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/** After a refusal a path is of no more use. */
export class ValuePath {
  readonly #steps: Step[] = [];
  readonly #open = new Set<object>();
  #depth = 0;

  push(step: Step): void {
    this.#steps.push(step);
  }

  pop(): void {
    this.#steps.pop();
  }

  /**
   * Before the parts of `owner`, which takes that many levels of JSON. Refuses an owner that is open already
   * (a cycle), and one that is too deep.
   */
  open(owner: object, levels: number): void {
    if (this.#open.has(owner)) {
      this.refuse(
        'it refers back to a value that it is a part of; send ids in place of references',
      );
    }
    this.#depth += levels;
    if (this.#depth > MAX_DEPTH) {
      this.refuse(
        `it is nested deeper than ${MAX_DEPTH} levels; send it flatter, as a list with ids`,
      );
    }
    this.#open.add(owner);
  }

  close(owner: object, levels: number): void {
    this.#open.delete(owner);
    this.#depth -= levels;
  }

  /** Refuses what the path stands at, or what is one step further. */
  refuse(reason: string, options: ErrorOptions & { step?: Step } = {}): never {
    if (options.step !== undefined) this.push(options.step);
    throw new UnsupportedValueError(`$${this.#steps.map(formatStep).join('')}`, reason, options);
  }
}

function formatStep(step: Step): string {
  if (typeof step === 'object') return step.text;
  if (typeof step === 'number') return `[${step}]`;
  return IDENTIFIER.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
}
