// Checks of the outputs of procedures, for engines of your own, which may return anything.

type Is = (output: unknown) => boolean;

export const isFlag: Is = (output) => typeof output === 'boolean';
export const isNumber: Is = (output) => typeof output === 'number' && !Number.isNaN(output);
export const isText: Is = (output) => typeof output === 'string';
export const isNothing: Is = (output) => output === undefined;

export function either(...kinds: readonly Is[]): Is {
  return (output) => kinds.some((is) => is(output));
}

export function only(value: unknown): Is {
  return (output) => output === value;
}

export function listOf(is: Is): Is {
  return (output) => Array.isArray(output) && output.every(is);
}

export function recordOf(fields: { readonly [name: string]: Is }): Is {
  return (output) => {
    if (typeof output !== 'object' || output === null) return false;
    return Object.entries(fields).every(([name, is]) => is(Reflect.get(output, name)));
  };
}
