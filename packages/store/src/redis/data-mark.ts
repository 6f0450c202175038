// A mark in the data of a Redis: if it is gone after a reconnect, so is the data. Without it, nobody could tell sessions and jobs that
// are lost from those that never were.
import { nanoid } from 'nanoid';
import { Keyspace } from '../entries/keyspace.js';
import type { RedisConnection } from './topology/connection.js';
import type { Topology } from './topology/topology.js';

/** Its text is the id of the data. If a process that missed other data wrote it, a space and the id of that follow. */
const MARK = `${Keyspace.own('data').prefix}mark`;

export class DataMark {
  readonly #topology: Topology;
  readonly #key: string;
  #isUsed = false;
  /** The id of the data that this process has used. */
  #id: string | undefined;

  constructor(topology: Topology, keyPrefix: string) {
    this.#topology = topology;
    this.#key = keyPrefix + MARK;
    topology.listen({
      changed: () => this.#look(),
      lost() {},
      retired() {},
      health() {},
    });
  }

  /** To be called before each write. One who only reads leaves no mark. */
  used(): void {
    if (this.#isUsed) return;
    this.#isUsed = true;
    this.#look();
  }

  #look(): void {
    // The servers of a Cluster lose their data one by one, and a mark is on one of them.
    if (!this.#isUsed || !this.#topology.hasOneSlot) return;
    for (const server of this.#topology.masters()) {
      // A user that may not do this uses the store without it.
      if (server.isReady) this.#compare(server).catch(() => {});
    }
  }

  async #compare({ client, label }: RedisConnection): Promise<void> {
    const before = this.#id;
    const fresh = nanoid();
    const mine = before === undefined ? fresh : `${fresh} ${before}`;
    const isNew = (await client.set(this.#key, mine, 'NX')) === 'OK';
    const text = isNew ? mine : ((await client.get(this.#key)) ?? '');
    const [id, missed] = text.split(' ');
    this.#id = id;
    if (before === undefined || id === before) return;
    // Another process has told it.
    if (!isNew && missed === before) return;
    process.emitWarning(
      `The Redis at ${label} no longer has the data that this process has used: it was emptied, restarted without persistence, or ` +
        'replaced by another one. Sessions, jobs, counters and locks in it are gone',
      { code: 'MUSTER_STORE_EMPTIED' },
    );
  }
}
