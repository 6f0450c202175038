// A real terminal (tmux) with a shell in it: a test types, and reads what is on the screen.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findTmux } from './find-tmux.js';

const run = promisify(execFile);

/** Milliseconds for the screen to show what a test waits for, on a slow machine under load. */
const PATIENCE_MS = 60_000;
const LOOK_MS = 50;

/**
 * @typedef {object} TerminalOptions
 * @property {string} cwd
 * @property {Record<string, string>} [env] on top of PATH; the shell has nothing else of ours
 * @property {number} [columns]
 * @property {number} [rows]
 */

/** @param {TerminalOptions} options */
export async function openTerminal({ cwd, env = {}, columns = 120, rows = 30 }) {
  const tmux = await findTmux();
  const folder = await mkdtemp(join(tmpdir(), 'muster-terminal-'));
  const terminal = new Terminal(tmux, folder);
  const shellEnv = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    PS1: '$ ',
    LC_ALL: 'C.UTF-8',
    ...env,
  };
  const assignments = Object.entries(shellEnv).map(([name, value]) => `${name}=${value}`);
  // Not even what tmux adds: the shell has what the test says.
  const shell = ['env', '-i', 'TERM=screen-256color', ...assignments, 'sh'];
  try {
    await terminal.tmux(
      'new-session',
      '-d',
      '-x',
      `${columns}`,
      '-y',
      `${rows}`,
      '-c',
      cwd,
      ...shell,
    );
    await terminal.shows(/^\$/m);
  } catch (error) {
    await terminal[Symbol.asyncDispose]();
    throw error;
  }
  return terminal;
}

export class Terminal {
  #tmux;
  #folder;

  /**
   * @param {string} tmux
   * @param {string} folder of its socket
   */
  constructor(tmux, folder) {
    this.#tmux = tmux;
    this.#folder = folder;
  }

  /**
   * One command of tmux, on a server of this terminal alone.
   *
   * @param {...string} args
   */
  async tmux(...args) {
    const { stdout } = await run(
      this.#tmux,
      ['-u', '-f', '/dev/null', '-S', join(this.#folder, 'tmux'), ...args],
      { timeout: PATIENCE_MS },
    );
    return stdout;
  }

  /**
   * Types the text, and presses Enter.
   *
   * @param {string} text
   */
  async enter(text) {
    await this.tmux('send-keys', '-l', text);
    await this.press('Enter');
  }

  /**
   * Presses keys by tmux's names: `q`, `Enter`, `C-c`.
   *
   * @param {...string} keys
   */
  async press(...keys) {
    await this.tmux('send-keys', ...keys);
  }

  /**
   * @param {number} columns
   * @param {number} rows
   */
  async resize(columns, rows) {
    await this.tmux('resize-window', '-x', `${columns}`, '-y', `${rows}`);
  }

  /** What is on the screen now, without what has scrolled away and without colours. */
  screen() {
    return this.tmux('capture-pane', '-p');
  }

  /** The screen with its escape sequences. */
  coloured() {
    return this.tmux('capture-pane', '-p', '-e');
  }

  /** Whether an application has the screen for itself, and whether the cursor is shown. */
  async modes() {
    const modes = await this.tmux('display-message', '-p', '#{alternate_on} #{cursor_flag}');
    const [alternate, cursor] = modes.trim().split(' ');
    return { alternate: alternate === '1', cursor: cursor === '1' };
  }

  /**
   * Settles when the screen matches; rejects, with the screen, where it takes too long.
   *
   * @param {RegExp} pattern
   * @returns {Promise<RegExpMatchArray>}
   */
  async shows(pattern) {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      const screen = await this.screen();
      const match = screen.match(pattern);
      if (match) return match;
      if (Date.now() > end)
        throw new Error(`The terminal does not show ${pattern}, but:\n${screen}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** Closes the window, as a user does: whoever runs in it gets SIGHUP. */
  async [Symbol.asyncDispose]() {
    await this.tmux('kill-server').catch(() => {});
    await rm(this.#folder, { recursive: true, force: true });
  }
}
