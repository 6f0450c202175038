import { describe, expect, test } from 'vitest';
import type { Content, Entry } from '../dist/entries/entry.js';
import type { GroupEvent } from '../dist/peers/events.js';
import { GONE_MS, Group } from '../dist/peers/group.js';

const HISTORY_MS = 60_000;

/** A group that is `me-000001`, and what the log says. */
function startGroup() {
  const group = new Group('me-000001', HISTORY_MS);
  let now = 1_000_000;
  const seqs = new Map<string, number>();
  const put = (machine: string, epoch: number, content: Content, seq?: number): string[] => {
    const key = `${machine}.${epoch}`;
    const next = seq ?? (seqs.get(key) ?? 0) + 1;
    seqs.set(key, Math.max(next, seqs.get(key) ?? 0));
    const head = { machine, epoch, seq: next, seenMs: now, sections: [] };
    return group.read({ ...head, ...content } as Entry, now).map(shown);
  };
  const pass = (ms: number) => {
    now += ms;
  };
  put('me-000001', 1, hello('me'));
  return { group, put, pass };
}

const hello = (name: string, more: Partial<Extract<Content, { kind: 'hello' }>> = {}) =>
  ({
    kind: 'hello',
    name,
    sinceMs: 0,
    committed: undefined,
    lost: false,
    known: [],
    ...more,
  }) as const;
const identity = (name: string, sinceMs = 5) =>
  ({ kind: 'identity', name, to: 'me-000001', sinceMs }) as const;
const data = { kind: 'data', attempts: undefined } as const;
const heartbeat = { kind: 'heartbeat' } as const;

function shown(event: GroupEvent): string {
  if ('machine' in event) return `${event.kind} ${event.machine.name}`;
  if (event.kind === 'asked') return `asked ${event.id}${event.values ? ' for values' : ''}`;
  return 'id' in event ? `${event.kind} ${event.id}` : event.kind;
}

describe('a group, by its log', () => {
  test('a machine says hello, sends, and says goodbye', () => {
    const { put, group } = startGroup();
    expect(put('b-0000001', 1, hello('b'))).toEqual(['joined b', 'asked b-0000001 for values']);
    expect(put('b-0000001', 1, data)).toEqual(['data b']);
    expect(put('b-0000001', 1, heartbeat)).toEqual([]);
    expect(group.present.map(({ name }) => name)).toEqual(['b']);
    expect(put('b-0000001', 1, { kind: 'leave' })).toEqual(['left b', 'forgotten b-0000001']);
    expect(group.present).toEqual([]);
  });

  test('an entry that comes again is left out', () => {
    const { put } = startGroup();
    put('b-0000001', 1, hello('b'));
    put('b-0000001', 1, data);
    expect(put('b-0000001', 1, data, 2)).toEqual([]);
    expect(put('b-0000001', 1, hello('b'), 1)).toEqual([]);
    expect(put('b-0000001', 1, data, 3)).toEqual(['data b']);
  });

  test('where one is missing something was lost, and the machine is asked who it is', () => {
    const { put, group } = startGroup();
    put('b-0000001', 1, hello('b'));
    expect(put('b-0000001', 1, data, 3)).toEqual(['left b', 'missed b-0000001']);
    // It was asked, and need not be asked again.
    expect(put('b-0000001', 1, data, 4)).toEqual([]);
    expect(put('b-0000001', 1, identity('b'), 5)).toEqual(['joined b']);
    expect(put('b-0000001', 1, data, 6)).toEqual(['data b']);
    expect(group.gaps).toBe(1);
  });

  test('who says nothing for too long is gone, and nothing of that epoch counts', () => {
    const { put, pass } = startGroup();
    put('b-0000001', 1, hello('b'));
    pass(GONE_MS);
    put('me-000001', 1, heartbeat);
    pass(1);
    expect(put('me-000001', 1, heartbeat)).toEqual(['left b', 'committed']);
    expect(put('b-0000001', 1, data)).toEqual(['stranger b-0000001']);
    expect(put('b-0000001', 1, data)).toEqual(['stranger b-0000001']);
  });

  test('who it is, said in an epoch that is over, does not bring that back: nothing is missed in the next one', () => {
    const { put, pass } = startGroup();
    put('b-0000001', 1, hello('b'));
    pass(GONE_MS);
    put('me-000001', 1, heartbeat);
    pass(1);
    expect(put('b-0000001', 1, data)).toEqual(['left b', 'stranger b-0000001']);
    expect(put('b-0000001', 1, identity('b'))).toEqual([]);
    expect(put('b-0000001', 1, data)).toEqual(['stranger b-0000001']);
    const committed = { epoch: 1, seq: 1 };
    expect(put('b-0000001', 2, hello('b', { committed }))).toContain('joined b');
    expect(put('b-0000001', 2, { kind: 'data', attempts: [[1, 2]] })).toEqual(['data b']);
  });

  test('one that was silent only for whom its entries are missing is heard again when it says who it is', () => {
    const { put, pass } = startGroup();
    put('b-0000001', 1, hello('b'));
    pass(GONE_MS + 1);
    expect(put('b-0000001', 1, data, 7)).toContain('left b');
    expect(put('b-0000001', 1, identity('b'), 8)).toEqual(['joined b', 'missed b-0000001']);
  });

  test('a machine that was silent for longer than the log keeps anything has missed something of those who forgot it', () => {
    const { put, pass, group } = startGroup();
    put('b-0000001', 1, hello('b'));
    pass(HISTORY_MS + 1);
    // Both were cut off, and b is the first that is back.
    expect(put('b-0000001', 1, heartbeat)).toEqual([
      'left b',
      'forgotten b-0000001',
      'epoch-over',
      'stranger b-0000001',
    ]);
    const committed = group.startEpoch();
    expect(put('b-0000001', 2, hello('b', { committed: { epoch: 1, seq: 1 } }))).toEqual([
      'joined b',
    ]);
    // What b has sent until now was not for this machine, which nobody knew.
    expect(put('me-000001', 2, hello('me', { committed }))).toEqual([
      'missed b-0000001',
      'committed',
    ]);
    expect(put('b-0000001', 2, data)).toEqual(['data b']);
  });

  test('it hears of the gap when the other one is back, where that is later', () => {
    const { put, pass, group } = startGroup();
    put('b-0000001', 1, hello('b'));
    pass(HISTORY_MS + 1);
    put('b-0000001', 1, heartbeat);
    put('me-000001', 2, hello('me', { committed: group.startEpoch() }));
    expect(put('b-0000001', 2, hello('b', { committed: { epoch: 1, seq: 1 } }))).toContain(
      'missed b-0000001',
    );
    expect(put('b-0000001', 2, data)).toEqual(['data b']);
  });

  test('what was missed of one that was not heard for longer than the log keeps anything is a gap', () => {
    const { put, pass } = startGroup();
    put('b-0000001', 1, hello('b'));
    put('c-0000001', 1, hello('c'));
    pass(HISTORY_MS + 1);
    expect(put('b-0000001', 1, data, 500)).toEqual([
      ...['left b', 'forgotten b-0000001', 'left c', 'forgotten c-0000001', 'epoch-over'],
      'stranger b-0000001',
    ]);
    expect(put('b-0000001', 1, identity('b'), 501)).toEqual(['joined b', 'missed b-0000001']);
    const committed = { epoch: 1, seq: 400 };
    expect(put('c-0000001', 2, hello('c', { committed }))).toEqual([
      'joined c',
      'missed c-0000001',
    ]);
  });

  test('one that came while this machine was in the group, and was not heard, is a gap', () => {
    const { put } = startGroup();
    expect(put('b-0000001', 1, identity('b', 1_000_001), 500)).toEqual([
      'joined b',
      'missed b-0000001',
    ]);
    expect(put('c-0000001', 1, identity('c', 999_999), 500)).toEqual(['joined c']);
    const committed = { epoch: 1, seq: 1 };
    expect(put('d-0000001', 2, hello('d', { sinceMs: 1_000_001, committed }))).toEqual([
      ...['joined d', 'missed d-0000001', 'asked d-0000001'],
    ]);
    expect(put('e-0000001', 2, hello('e', { sinceMs: 999_999, committed }))).toContain('joined e');
  });

  test('machines that are forgotten make room for others', () => {
    const { put, pass, group } = startGroup();
    for (let i = 0; i < 1_010; i++) {
      put(`b-${String(i).padStart(7, '0')}`, 1, hello(`b${i}`));
      pass(HISTORY_MS / 500);
    }
    const [first] = group.present;
    expect(put('c-0000001', 1, hello('c'))).toContain('joined c');
    expect(first).toBeDefined();
  });

  test('it comes back in another epoch, and says what counted last: nothing was missed', () => {
    const { put, pass } = startGroup();
    put('b-0000001', 1, hello('b'));
    put('b-0000001', 1, data);
    pass(GONE_MS + 1);
    put('b-0000001', 1, data);
    const known = ['me-000001.1'];
    // This machine was as silent, and its own epoch is over as well: nobody asks it.
    expect(put('b-0000001', 2, hello('b', { committed: { epoch: 1, seq: 2 }, known }))).toEqual([
      'joined b',
    ]);
    expect(put('b-0000001', 2, data)).toEqual(['data b']);
  });

  test.each([
    ['more counted than was read here', { committed: { epoch: 1, seq: 3 } }],
    ['it says that something is lost', { committed: { epoch: 1, seq: 2 }, lost: true }],
    ['an epoch was missed', { committed: { epoch: 2, seq: 9 } }],
  ])('something was missed where %s', (_, more) => {
    const { put } = startGroup();
    put('b-0000001', 1, hello('b'));
    put('b-0000001', 1, data);
    const told = put('b-0000001', 3, hello('b', more));
    expect(told).toEqual(['left b', 'joined b', 'missed b-0000001', 'asked b-0000001 for values']);
  });

  test('a machine that is judged sees it itself', () => {
    const { put, pass, group } = startGroup();
    put('b-0000001', 1, hello('b'));
    pass(GONE_MS + 1);
    expect(put('b-0000001', 2, hello('b'))).toContain('epoch-over');
    expect(group.startEpoch()).toEqual({ epoch: 1, seq: 1 });
    expect(put('me-000001', 1, data)).toEqual([]);
    expect(put('me-000001', 2, hello('me'))).toEqual(['committed']);
  });

  test('a machine whose hello the log has lost begins again, and says what counted before', () => {
    const { put, group } = startGroup();
    put('me-000001', 1, data);
    group.startEpoch();
    expect(put('me-000001', 2, data, 2)).toEqual(['epoch-over']);
    expect(group.startEpoch()).toEqual({ epoch: 1, seq: 2 });
    expect(put('me-000001', 3, hello('me'))).toEqual(['committed']);
  });

  test('own entries that the log has lost may have been read by others: they count', () => {
    const { put } = startGroup();
    expect(put('me-000001', 1, data, 3)).toEqual(['committed']);
  });

  test('what is written again in another epoch is left out by who has read it', () => {
    const { put } = startGroup();
    put('b-0000001', 1, hello('b'));
    put('b-0000001', 1, data);
    const committed = { epoch: 1, seq: 1 };
    const told = put('b-0000001', 2, hello('b', { committed, known: ['me-000001.1'] }));
    expect(told).toEqual(['left b', 'joined b']);
    expect(put('b-0000001', 2, { kind: 'data', attempts: [[1, 2]] })).toEqual([]);
    expect(put('b-0000001', 2, { kind: 'data', attempts: [[1, 3]] })).toEqual(['data b']);
    put('b-0000001', 3, hello('b', { committed: { epoch: 2, seq: 2 }, known: ['me-000001.1'] }));
    const twice = [
      [1, 4],
      [2, 3],
    ] as const;
    expect(put('b-0000001', 3, { kind: 'data', attempts: twice })).toEqual([]);
  });

  test('it is forgotten when the history is over', () => {
    const { put, pass } = startGroup();
    put('b-0000001', 1, hello('b'));
    pass(HISTORY_MS + 1);
    expect(put('me-000001', 1, heartbeat)).toEqual(['left b', 'forgotten b-0000001', 'epoch-over']);
  });

  test('of several the eldest tells what is retained', () => {
    const { put, pass } = startGroup();
    pass(1);
    put('b-0000001', 1, hello('b'));
    expect(put('c-0000001', 1, hello('c'))).toEqual(['joined c', 'asked c-0000001 for values']);
    const late = new Group('late-00001', HISTORY_MS);
    const entry = (machine: string, content: Content) =>
      ({ machine, epoch: 1, seq: 1, seenMs: 0, sections: [], ...content }) as Entry;
    late.read(entry('old-000001', hello('old')), 10);
    late.read(entry('late-00001', hello('late')), 11);
    expect(late.read(entry('new-000001', hello('new')), 12).map(shown)).toEqual([
      'joined new',
      'asked new-000001',
    ]);
  });

  test('one that asks has missed something: it is let go of for a moment, unless it wants values only', () => {
    const { put } = startGroup();
    put('b-0000001', 1, hello('b'));
    const valuesOnly = { kind: 'sync', to: 'me-000001', valuesOnly: true } as const;
    expect(put('b-0000001', 1, valuesOnly)).toEqual(['asked b-0000001 for values']);
    expect(put('b-0000001', 1, { kind: 'sync', valuesOnly: false, to: 'me-000001' })).toEqual([
      'reset b',
      'asked b-0000001 for values',
    ]);
    expect(put('b-0000001', 1, { kind: 'sync', valuesOnly: false, to: 'c-0000001' })).toEqual([]);
  });
});

describe('a gap', () => {
  const ask = (valuesOnly = false) => ({ kind: 'sync', to: 'b-0000001', valuesOnly }) as const;
  const answer = (epoch: number, seq: number) =>
    ({ kind: 'synced', to: 'me-000001', request: [epoch, seq] }) as const;

  function startGap() {
    const started = startGroup();
    started.put('b-0000001', 1, hello('b'));
    started.put('b-0000001', 1, data, 3);
    return started;
  }

  test('is reported when the machine has answered, and not before', () => {
    const { put, group } = startGap();
    expect(put('me-000001', 1, ask())).toEqual(['committed']);
    expect(put('b-0000001', 1, identity('b'))).toEqual(['joined b']);
    expect(put('b-0000001', 1, data)).toEqual(['data b']);
    expect(group.missed).toEqual(['b-0000001']);
    expect(put('b-0000001', 1, answer(1, 2))).toEqual(['gap b-0000001']);
    expect(group.missed).toEqual([]);
  });

  test('is not reported with the answer to an earlier question: what was missed since is not in it', () => {
    const { put } = startGap();
    put('me-000001', 1, ask());
    put('b-0000001', 1, identity('b'));
    expect(put('b-0000001', 1, data, 7)).toEqual(['left b', 'missed b-0000001']);
    put('b-0000001', 1, identity('b'));
    put('me-000001', 1, ask());
    expect(put('b-0000001', 1, answer(1, 2))).toEqual([]);
    expect(put('b-0000001', 1, answer(1, 3))).toEqual(['gap b-0000001']);
  });

  test('is reported without the answer if that takes too long, and once more with it', () => {
    const { put, pass } = startGap();
    put('me-000001', 1, ask());
    pass(GONE_MS / 2 + 1);
    expect(put('me-000001', 1, heartbeat)).toEqual(['gap b-0000001', 'committed']);
    expect(put('me-000001', 1, heartbeat)).toEqual(['committed']);
    // It lives, and is asked again.
    expect(put('b-0000001', 1, data)).toEqual(['missed b-0000001']);
    put('me-000001', 1, ask());
    put('b-0000001', 1, identity('b'));
    expect(put('b-0000001', 1, answer(1, 5))).toEqual(['gap b-0000001']);
  });

  test('of a machine that begins an epoch meanwhile is asked about again', () => {
    const { put } = startGap();
    put('me-000001', 1, ask());
    const committed = { epoch: 1, seq: 3 };
    expect(put('b-0000001', 2, hello('b', { committed, known: ['me-000001.1'] }))).toEqual([
      'joined b',
      'missed b-0000001',
    ]);
    put('me-000001', 1, ask(true));
    expect(put('b-0000001', 2, answer(1, 2))).toEqual([]);
    expect(put('b-0000001', 2, answer(1, 3))).toEqual(['gap b-0000001']);
  });

  test('is asked about again in the next epoch of this machine', () => {
    const { put, group } = startGap();
    put('me-000001', 1, ask());
    const committed = group.startEpoch();
    expect(group.missed).toEqual(['b-0000001']);
    put('me-000001', 2, hello('me', { committed }));
    put('b-0000001', 1, identity('b'));
    expect(put('b-0000001', 1, answer(1, 2))).toEqual([]);
    put('me-000001', 2, ask(true));
    expect(put('b-0000001', 1, answer(2, 2))).toEqual(['gap b-0000001']);
  });

  test('of a machine that leaves is reported as it is', () => {
    const { put } = startGap();
    put('me-000001', 1, ask());
    put('b-0000001', 1, identity('b'));
    expect(put('b-0000001', 1, { kind: 'leave' })).toEqual([
      ...['left b', 'gap b-0000001', 'forgotten b-0000001'],
    ]);
  });

  test('is reported with those of other machines: until all have answered, some values are wrong', () => {
    const { put } = startGap();
    put('c-0000001', 1, hello('c'));
    put('c-0000001', 1, data, 3);
    put('me-000001', 1, ask());
    put('me-000001', 1, { ...ask(), to: 'c-0000001' });
    put('b-0000001', 1, identity('b'));
    expect(put('b-0000001', 1, answer(1, 2))).toEqual([]);
    put('c-0000001', 1, identity('c'));
    expect(put('c-0000001', 1, answer(1, 3))).toEqual(['gap b-0000001', 'gap c-0000001']);
  });
});
