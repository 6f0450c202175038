// The page's one model, joined to its server: who is signed in, whether the stream is up, and what is known of the cluster.
import type { StreamEvents } from '@muster/core/console';
import { batch, computed, signal } from '@preact/signals';
import { onSignedOut } from '../server/calls.js';
import { keepSessionKey, sessionKey } from '../server/session-key.js';
import { type SignInResult, signIn, takeTokenFromAddress } from '../server/sign-in.js';
import { type ConnectionState, Stream } from '../server/stream.js';
import { ClusterModel } from './cluster.js';

export interface Connection {
  readonly state: ConnectionState | 'ended';
  readonly reason?: string;
  /** Milliseconds since the epoch. */
  readonly retryAt?: number;
}

/** `'signed-out'`: a token is needed. `'signing-in'`: one is being tried. */
export type Access = 'signing-in' | 'signed-in' | 'signed-out';

export const model = new ClusterModel();
export const access = signal<Access>('signing-in');
/** Of the last attempt to sign in, if it failed. */
export const refusal = signal<Exclude<SignInResult, { is: 'signed-in' }> | undefined>(undefined);
/** Whether the server has ended a session of this page, which it did not know any more. */
export const sessionEnded = signal(false);

const stream = signal<Connection>({ state: 'connecting' });
/** A cluster that was stopping when its stream ended is not expected back. */
export const connection = computed<Connection>(() => {
  const isOver = ['stopping', 'stopped'].includes(model.status.value?.state ?? '');
  const isGone = ['reconnecting', 'lost'].includes(stream.value.state);
  return isOver && isGone ? { ...stream.value, state: 'ended' } : stream.value;
});

let current: Stream | undefined;
let wantsLogs = false;

export async function start(): Promise<void> {
  onSignedOut(signOut);
  addEventListener('visibilitychange', publishWhereSeen);
  const token = takeTokenFromAddress();
  // Another link may be pasted into the address bar of the open page.
  addEventListener('hashchange', () => {
    const another = takeTokenFromAddress();
    if (another !== undefined) void trySignIn(another);
  });
  if (token !== undefined) await trySignIn(token);
  else if (sessionKey() !== undefined) open();
  else access.value = 'signed-out';
}

export async function trySignIn(token: string): Promise<void> {
  const before = access.value;
  access.value = 'signing-in';
  const result = await signIn(token);
  if (result.is === 'signed-in') return open();
  batch(() => {
    refusal.value = result;
    // A session that is there stays.
    access.value = before === 'signed-in' ? before : 'signed-out';
  });
}

/** From now on the stream has lines of logs. */
export function wantLogs(): void {
  if (wantsLogs) return;
  wantsLogs = true;
  current?.reconnect();
}

export function reconnect(): void {
  current?.reconnect();
}

function open(): void {
  batch(() => {
    access.value = 'signed-in';
    refusal.value = undefined;
    sessionEnded.value = false;
  });
  current?.close();
  current = new Stream({
    event: take,
    connection(state, reason, retryAt) {
      stream.value = {
        state,
        ...(reason !== undefined && { reason }),
        ...(retryAt !== undefined && { retryAt }),
      };
    },
    wantsLogs: () => wantsLogs,
  });
}

function signOut(): void {
  current?.close();
  current = undefined;
  keepSessionKey(undefined);
  batch(() => {
    sessionEnded.value = access.value === 'signed-in';
    access.value = 'signed-out';
  });
}

function take<Name extends keyof StreamEvents>(name: Name, data: StreamEvents[Name]): void {
  const takers: { [Each in keyof StreamEvents]: (data: StreamEvents[Each]) => void } = {
    hello: (hello) => model.greet(hello),
    status: (status) => model.setStatus(status),
    event: (event) => model.addEvent(event),
    log: (line) => model.addLine(line),
    sample(sample) {
      model.addSample(sample);
      publishWhereSeen();
    },
  };
  // Names that a newer server adds are left out.
  if (Object.hasOwn(takers, name)) takers[name](data);
}

function publishWhereSeen(): void {
  if (!document.hidden) model.publish();
}
