// `--env-file`, as Node reads it (https://nodejs.org/api/cli.html#--env-fileconfig).
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

/**
 * The variables of all files: if two set the same one, the later file wins. Variables that are set in the environment stay
 * as they are.
 *
 * @throws Error with a sentence that names the file, if one is gone or cannot be read
 */
export function readEnvFiles(
  files: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const told = Object.assign({}, ...files.map(readEnvFile)) as Record<string, string>;
  return Object.fromEntries(Object.entries(told).filter(([name]) => !(name in environment)));
}

function readEnvFile(file: string): Record<string, string> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
    // A variable cannot contain it.
    if (text.includes('\0')) throw new Error('it is not text');
    return parseEnv(text) as Record<string, string>;
  } catch (error) {
    throw new Error(`the file ${file} cannot be read: ${reason(error as NodeJS.ErrnoException)}.`, {
      cause: error,
    });
  }
}

function reason({ code, message }: NodeJS.ErrnoException): string {
  const said: Record<string, string> = {
    ENOENT: 'it is not there',
    EISDIR: 'it is a folder',
    EACCES: 'this user may not',
    ERR_ENCODING_INVALID_ENCODED_DATA: 'it is not UTF-8 text',
  };
  return said[code ?? ''] ?? message;
}
