// Several hosts on this computer: network namespaces of the kernel, each with an address of its own, joined by a bridge that this
// process is on as well.
import { execFileSync } from 'node:child_process';

/** @returns why this computer cannot have such hosts; `undefined` if it can */
export function whyNoNetwork(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are of Linux';
  if (process.getuid?.() !== 0) return 'only root may make network namespaces';
  const name = `muster-probe-${process.pid}`;
  try {
    ip('netns', 'add', name);
    ip('netns', 'delete', name);
    return undefined;
  } catch (error) {
    return `network namespaces cannot be made here: ${(error as Error).message}`;
  }
}

class Host {
  /** Begins the command line of whatever runs there. */
  readonly command: readonly string[];
  readonly #name: string;
  /** The end of its cable that is in the bridge. */
  readonly #port: string;

  constructor(name: string, port: string) {
    this.command = ['ip', 'netns', 'exec', name];
    this.#name = name;
    this.#port = port;
  }

  /** Nothing reaches it, and nobody is told: connections stay open on both sides. */
  unplug(): void {
    ip('link', 'set', this.#port, 'down');
  }

  plugIn(): void {
    ip('link', 'set', this.#port, 'up');
  }

  /** What it sends comes late, or not at all. @returns why the kernel cannot do that, if so */
  disturb(...netem: string[]): string | undefined {
    try {
      run('tc', '-n', this.#name, 'qdisc', 'replace', 'dev', 'eth0', 'root', 'netem', ...netem);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }
}

export class Network {
  /** Of this process in it. */
  readonly address: string;
  readonly hosts: readonly Host[];
  readonly #bridge: string;
  readonly #names: string[] = [];

  constructor(hosts: number) {
    // Names of interfaces have 15 characters at most.
    const prefix = `mu${process.pid.toString(36)}`;
    const net = `10.${128 + (process.pid % 100)}.${Math.floor(Math.random() * 256)}`;
    this.address = `${net}.1`;
    this.#bridge = `${prefix}b`;
    ip('link', 'add', this.#bridge, 'type', 'bridge');
    ip('address', 'add', `${this.address}/24`, 'dev', this.#bridge);
    ip('link', 'set', this.#bridge, 'up');
    this.hosts = Array.from({ length: hosts }, (_, i) => {
      const [name, port] = [`${prefix}-${i}`, `${prefix}p${i}`];
      ip('netns', 'add', name);
      this.#names.push(name);
      ip('link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
      ip('link', 'set', port, 'master', this.#bridge, 'up');
      ip('-n', name, 'address', 'add', `${net}.${i + 2}/24`, 'dev', 'eth0');
      ip('-n', name, 'link', 'set', 'eth0', 'up');
      ip('-n', name, 'link', 'set', 'lo', 'up');
      return new Host(name, port);
    });
  }

  /** The processes on its hosts have ended. */
  remove(): void {
    for (const name of this.#names) ip('netns', 'delete', name);
    ip('link', 'delete', this.#bridge);
  }
}

function ip(...args: string[]): void {
  run('ip', ...args);
}

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
