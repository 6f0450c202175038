/**
 * The protocol between the `muster` command and a primary: JSON, one message a line; each call is answered by a line with
 * its `id`. A client sends the version that it speaks; a server that speaks another one says so and closes.
 */

export const PROTOCOL_VERSION = 1;

/** Bytes of a call. */
export const MAX_CALL_BYTES = 64 * 1024;
/** Bytes of an answer: the status of very many workers. */
export const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

export interface Call {
  readonly v: number;
  readonly id: number;
  readonly call: string;
  readonly args: Readonly<Record<string, unknown>>;
}

export type Answer = { readonly v: number; readonly id: number } & (
  | { readonly ok: unknown }
  | { readonly error: AnsweredError }
);

/** An error as JSON. */
export interface AnsweredError {
  readonly message: string;
  readonly code?: string;
  /** Own fields of the error that JSON can carry: slot, role, exit code, the last lines of stderr. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** A call as received. `stray` is any further name, such as that of an argument outside `args`. */
export interface ReadCall extends Call {
  readonly stray: string | undefined;
}

export function parseCall(line: Buffer): ReadCall | undefined {
  const value = parseObject(line);
  if (!value) return undefined;
  const { v, id, call, args = {}, ...others } = value;
  if (typeof v !== 'number' || typeof id !== 'number' || typeof call !== 'string') return undefined;
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return undefined;
  const [stray] = Object.keys(others);
  return { v, id, call, args: args as Record<string, unknown>, stray };
}

export function parseAnswer(line: Buffer): Answer | undefined {
  const value = parseObject(line);
  if (typeof value?.id !== 'number' || typeof value.v !== 'number') return undefined;
  return 'ok' in value || 'error' in value ? (value as unknown as Answer) : undefined;
}

export function serialized(message: Call | Answer): string {
  return `${JSON.stringify(message)}\n`;
}

export function answeredError(error: unknown): AnsweredError {
  if (!(error instanceof Error)) return { message: String(error) };
  const { code, ...details } = { ...error } as Record<string, unknown>;
  return {
    message: error.message,
    ...(typeof code === 'string' && { code }),
    details: carried(details),
  };
}

function carried(details: Record<string, unknown>): Record<string, unknown> {
  try {
    return JSON.parse(JSON.stringify(details)) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function parseObject(line: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
