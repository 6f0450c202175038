// The calls of an engine that procedures carry out, for engines that implement `run`.
import type { Condition, Procedure } from '../engine.js';
import type { Lifetime } from '../entries/lifetime.js';
import { existsMany } from './procedures/exists-many.js';
import { setEntry } from './procedures/set-entry.js';
import { setMany } from './procedures/set-many.js';

export abstract class ProcedureEngine {
  abstract run<Input, Output>(
    procedure: Procedure<Input, Output>,
    keys: readonly string[],
    input: Input,
  ): Promise<Output>;

  set(key: string, text: string, lifetime: Lifetime, condition: Condition): Promise<boolean> {
    return this.run(setEntry, [key], { text, lifetime, condition });
  }

  setMany(
    entries: readonly (readonly [key: string, text: string, lifetime: Lifetime])[],
  ): Promise<void> {
    const keys = entries.map(([key]) => key);
    const lifetimes = entries.map(([, , lifetime]) => lifetime);
    return this.run(setMany, keys, { texts: entries.map(([, text]) => text), lifetimes });
  }

  hasMany(keys: readonly string[]): Promise<boolean[]> {
    return this.run(existsMany, keys, undefined);
  }
}
