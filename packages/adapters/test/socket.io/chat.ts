// The chat of fixtures/chat.js in a cluster, and those who talk there.
import { type Program, runProgram } from '../../../../test/support/program.js';
import { onFreePort } from '../../../../test/support/redis/free-port.js';
import { type Client, connect } from './clients.js';

const FIXTURE = new URL('../fixtures/chat.js', import.meta.url);

/** Resolves when all of its workers are ready. */
export function startChat(
  cwd: string,
  env: Record<string, string> = {},
): Promise<{ program: Program; url: string }> {
  return onFreePort(async (port) => {
    const program = runProgram(FIXTURE, { cwd, env: { PORT: String(port), ...env } });
    await program.printed(/cluster is up/);
    return { program, url: `http://127.0.0.1:${port}` };
  });
}

export class Talker {
  readonly heard: string[] = [];
  readonly client: Client;

  constructor(url: string, name: number) {
    this.client = connect(url, {
      transports: ['websocket'],
      forceNew: true,
      reconnectionDelay: 20,
      reconnectionDelayMax: 100,
    });
    this.client.on('said', (text) => this.heard.push(text));
    this.client.on('ask', (answer) => answer(name));
  }

  /** Where it connects the next time. */
  moveTo(url: string): void {
    Object.assign(this.client.io, { uri: url });
  }

  ask<Answer>(...args: [string, ...unknown[]]): Promise<Answer> {
    return this.client.timeout(60_000).emitWithAck(...args) as Promise<Answer>;
  }
}
