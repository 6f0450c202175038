// What a queue is, in as few words as possible: no indexes, no texts, no time. The engines are held to it.

export type Op =
  | {
      readonly op: 'add';
      readonly id: string;
      readonly priority: number;
      readonly isLate: boolean;
      readonly after: readonly string[];
    }
  | { readonly op: 'take'; readonly count: number }
  | {
      readonly op: 'settle';
      readonly id: string;
      readonly verdict: 'done' | 'failed' | 'again' | 'back';
      readonly isLate: boolean;
    }
  | { readonly op: 'remove' | 'retry'; readonly id: string }
  | { readonly op: 'pause' | 'resume' | 'evict' | 'clear' };

type State = 'waiting' | 'delayed' | 'blocked' | 'running' | 'done' | 'failed';

export interface ModelJob {
  id: string;
  state: State;
  priority: number;
  /** As the engine says: the model has no clock. */
  due: number;
  seq: number;
  attempts: number;
  token: number;
  isLate: boolean;
  after: Set<string>;
}

export const MAX_ATTEMPTS = 2;
export const MAX_JOBS = 3;

export class QueueModel {
  readonly jobs = new Map<string, ModelJob>();
  isPaused = false;
  #seq = 0;
  #token = 0;

  /** @param dueOf what the engine says that a job's time is. @returns what the engine has to answer */
  apply(op: Op, dueOf: (id: string) => number): unknown {
    switch (op.op) {
      case 'add':
        return this.#add(op, dueOf);
      case 'take':
        return this.#take(op.count);
      case 'settle':
        return this.#settle(op, dueOf);
      case 'remove': {
        const job = this.jobs.get(op.id);
        if (!job || job.state === 'running') return false;
        this.jobs.delete(op.id);
        for (const other of this.#waitingFor(op.id)) other.state = 'failed';
        return true;
      }
      case 'retry': {
        const job = this.jobs.get(op.id);
        if (job?.state !== 'failed' && job?.state !== 'delayed') return false;
        if (job.state === 'failed') job.attempts = 0;
        Object.assign(job, { state: 'waiting', due: dueOf(op.id) });
        return true;
      }
      case 'evict': {
        const running = [...this.jobs.values()].filter(({ state }) => state === 'running');
        for (const job of running) job.state = job.attempts >= MAX_ATTEMPTS ? 'failed' : 'waiting';
        return running.length;
      }
      case 'clear': {
        const dropped = [...this.jobs.values()].filter(({ state }) => state !== 'running');
        for (const { id } of dropped) this.jobs.delete(id);
        return dropped.length;
      }
      default:
        this.isPaused = op.op === 'pause';
        return undefined;
    }
  }

  /** In the order in which they are taken. */
  waiting(): ModelJob[] {
    return [...this.jobs.values()]
      .filter(({ state }) => state === 'waiting')
      .sort((a, b) => b.priority - a.priority || a.due - b.due || a.seq - b.seq);
  }

  tokenOf(id: string): number {
    return this.jobs.get(id)?.token ?? 0;
  }

  #add(
    { id, priority, isLate, after }: Op & { op: 'add' },
    dueOf: (id: string) => number,
  ): unknown {
    const old = this.jobs.get(id);
    if (old && old.state !== 'done') return [false];
    const held = [...this.jobs.values()].filter(({ state }) => state !== 'done');
    if (held.length + 1 > MAX_JOBS) return 'jobs';
    const isOpen = (it: string): boolean =>
      it !== id && this.jobs.has(it) && this.jobs.get(it)?.state !== 'done';
    const first = new Set(after.filter(isOpen));
    const state = first.size > 0 ? 'blocked' : isLate ? 'delayed' : 'waiting';
    this.jobs.set(id, {
      ...{ id, state, priority, isLate, after: first, due: dueOf(id) },
      ...{ seq: ++this.#seq, attempts: 0, token: 0 },
    });
    return [true];
  }

  #take(count: number): unknown {
    const taken = this.isPaused ? [] : this.waiting().slice(0, count);
    for (const job of taken) {
      Object.assign(job, { state: 'running', token: ++this.#token, attempts: job.attempts + 1 });
    }
    return taken.map(({ id, token, attempts }) => ({ id, token, attempts }));
  }

  #settle({ id, verdict, isLate }: Op & { op: 'settle' }, dueOf: (id: string) => number): unknown {
    const job = this.jobs.get(id);
    if (job?.state !== 'running')
      return job?.state === 'done' && job.token > 0 && verdict === 'done';
    if (verdict === 'failed') job.state = 'failed';
    else if (verdict === 'back')
      Object.assign(job, { state: 'waiting', attempts: job.attempts - 1 });
    else if (verdict === 'again') {
      Object.assign(job, { state: isLate ? 'delayed' : 'waiting', due: dueOf(id) });
    } else {
      job.state = 'done';
      for (const other of this.#waitingFor(id)) {
        other.after.delete(id);
        if (other.after.size === 0) other.state = other.isLate ? 'delayed' : 'waiting';
      }
    }
    return true;
  }

  #waitingFor(id: string): ModelJob[] {
    return [...this.jobs.values()].filter((it) => it.state === 'blocked' && it.after.has(id));
  }
}
