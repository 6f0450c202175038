// Loads a config: what its file exports, or what the function that it exports returns.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, extname } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ConfigContext } from '../../config.js';
import { ConfigError } from '../../errors.js';
import { within } from '../../process/deadline.js';
import { exits } from '../line/failure.js';
import { settledConfig } from './settled-config.js';

/** Milliseconds for a config, whose code may wait for something that never comes. */
const TIMEOUT_MS = 30_000;
/** For Node to find the place of a syntax error. */
const CHECK_MS = 5_000;

/** @returns an object, of which nothing else is known. @throws ConfigError */
export async function loadConfig(
  file: string,
  context: ConfigContext,
  timeoutMs = TIMEOUT_MS,
): Promise<object> {
  const late = () =>
    new ConfigError(
      file,
      `did not load within ${timeoutMs} ms: its code, or its function, waits for something.`,
    );
  const config = await aliveWhile(file, within(timeoutMs, evaluated(file, context), late));
  if (typeof config === 'object' && config !== null && !Array.isArray(config)) {
    return settledConfig(file, config);
  }
  const what = config === undefined ? 'nothing' : 'no object';
  throw new ConfigError(
    file,
    `exports ${what}. Give it a default export: export default defineConfig({ file: './server.js' });`,
  );
}

/** A config that ends the process must not look like a command that has done its work. */
async function aliveWhile<Value>(file: string, loaded: Promise<Value>): Promise<Value> {
  const ended = () => {
    console.error(`muster: ${basename(file)} ended the process while it was loaded.`);
    process.exitCode = exits.usage;
  };
  process.once('exit', ended);
  try {
    return await loaded;
  } finally {
    process.off('exit', ended);
  }
}

async function evaluated(file: string, context: ConfigContext): Promise<unknown> {
  if (extname(file) === '.json') return parsed(file);
  try {
    const exported = await defaultOf(await imported(file));
    return typeof exported === 'function' ? await exported(context) : exported;
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(file, `threw ${await said(error, file)}`, { cause: error });
  }
}

function parsed(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new ConfigError(file, `cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/** By Node, with any loader that was given to it, if it can. Node before 22.18 knows no TypeScript. */
async function imported(file: string): Promise<unknown> {
  const { href } = pathToFileURL(file);
  try {
    return await import(href);
  } catch (error) {
    const { code, message = '' } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
    // Not where the config imports a file of some other unknown kind.
    const isItself = code === 'ERR_UNKNOWN_FILE_EXTENSION' && message.includes(fileURLToPath(href));
    if (!isItself) throw error;
    return await importedByJiti(file);
  }
}

/** That of the project, else the one beside this package. */
async function importedByJiti(file: string): Promise<unknown> {
  const { createJiti } = await jitiFor(file);
  // Its cache would be a file in a folder that others may write to.
  return await createJiti(file, { fsCache: false }).import(file);
}

async function jitiFor(file: string): Promise<typeof import('jiti')> {
  try {
    for (const from of [file, import.meta.url]) {
      try {
        return await import(pathToFileURL(createRequire(from).resolve('jiti')).href);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
      }
    }
    throw new Error('it is not installed');
  } catch (cause) {
    throw new ConfigError(
      file,
      `is TypeScript, which Node ${process.version} cannot read. \`npm install --save-dev jiti\` installs what reads it; Node 22.18 and later needs nothing.`,
      { cause },
    );
  }
}

/** A module that was CommonJS, or compiled to it, may have its default export one or two levels deep. */
async function defaultOf(module: unknown): Promise<unknown> {
  let value = module;
  for (let level = 0; level < 3 && hasDefault(value); level += 1) value = await value.default;
  return value === module ? undefined : value;
}

function hasDefault(value: unknown): value is { default: unknown } {
  return typeof value === 'object' && value !== null && 'default' in value;
}

/** What was thrown, and where in the user's files: a line, instead of a stack. */
async function said(error: unknown, file: string): Promise<string> {
  if (!(error instanceof Error)) return `${String(error)}.`;
  const stack = error instanceof SyntaxError ? await syntaxFault(file) : error.stack;
  const place = /(?:^|[\s(]|file:\/\/)(\/[^\s()?]+?)(?:\?[^\s():]*)?:(\d+)/.exec(stack ?? '');
  const [what = ''] = error.message.split('\n');
  const at = place ? ` (${decodeURI(place[1] ?? '')}:${place[2]})` : '';
  return `${error.name}: ${what}${at}${hintFor(what, file)}`;
}

/** `npm init` makes packages in which .js and .ts are CommonJS. */
function hintFor(message: string, file: string): string {
  const isModule = /^(Cannot use import statement outside a module|Unexpected token 'export')/;
  const [ending = ''] = /(?<=\.)[jt]s$/.exec(file) ?? [];
  if (ending === '' || !isModule.test(message)) return '';
  return `. In a package of "type": "commonjs", a config with import and export is called muster.config.m${ending}.`;
}

/** What Node prints of a module that it cannot parse. The stack of the error does not say where that is. */
async function syntaxFault(file: string): Promise<string> {
  const args = ['--import', pathToFileURL(file).href, '--eval', ''];
  const { stderr } = execFile(process.execPath, args, { timeout: CHECK_MS });
  return stderr === null ? '' : await text(stderr);
}
