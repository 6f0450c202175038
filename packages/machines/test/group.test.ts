import { describe, expect, test } from 'vitest';
import type { Content, Entry } from '../dist/entries/entry.js';
import { GONE_MS, Group } from '../dist/peers/group.js';
import type { News } from '../dist/peers/news.js';

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
    return group.take({ ...head, ...content } as Entry, now).map(shown);
  };
  const pass = (ms: number) => {
    now += ms;
  };
  put('me-000001', 1, hello('me'));
  return { group, put, pass };
}

const hello = (name: string, more: Partial<Extract<Content, { kind: 'hello' }>> = {}) =>
  ({ kind: 'hello', name, sinceMs: 0, was: undefined, lost: false, known: [], ...more }) as const;
const state = (name: string, sinceMs = 5) =>
  ({ kind: 'state', name, to: 'me-000001', sinceMs }) as const;
const data = { kind: 'data', again: undefined } as const;
const beat = { kind: 'beat' } as const;

function shown(news: News): string {
  if ('machine' in news) return `${news.kind} ${news.machine.name}`;
  if (news.kind === 'asked') return `asked ${news.id}${news.values ? ' for values' : ''}`;
  return 'id' in news ? `${news.kind} ${news.id}` : news.kind;
}

describe('a group, by its log', () => {
  test('a machine says hello, sends, and says goodbye', () => {
    const { put, group } = startGroup();
    expect(put('b-0000001', 1, hello('b'))).toEqual(['joined b', 'asked b-0000001 for values']);
    expect(put('b-0000001', 1, data)).toEqual(['data b']);
    expect(put('b-0000001', 1, beat)).toEqual([]);
    expect(group.here.map(({ name }) => name)).toEqual(['b']);
    expect(put('b-0000001', 1, { kind: 'bye' })).toEqual(['left b', 'forgotten b-0000001']);
    expect(group.here).toEqual([]);
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
    expect(put('b-0000001', 1, data, 3)).toEqual(['left b', 'gap b', 'unknown b-0000001']);
    expect(put('b-0000001', 1, data, 4)).toEqual(['unknown b-0000001']);
    expect(put('b-0000001', 1, state('b'), 5)).toEqual(['joined b']);
    expect(put('b-0000001', 1, data, 6)).toEqual(['data b']);
    expect(group.gaps).toBe(1);
  });

  test('who says nothing for too long is gone, and nothing of that epoch counts', () => {
    const { put, pass } = startGroup();
    put('b-0000001', 1, hello('b'));
    pass(GONE_MS);
    put('me-000001', 1, beat);
    pass(1);
    expect(put('me-000001', 1, beat)).toEqual(['left b', 'echo']);
    expect(put('b-0000001', 1, data)).toEqual(['unknown b-0000001']);
    expect(put('b-0000001', 1, data)).toEqual(['unknown b-0000001']);
  });

  test('who it is, said in an epoch that is over, does not bring that back: nothing is missed in the next one', () => {
    const { put, pass } = startGroup();
    put('b-0000001', 1, hello('b'));
    pass(GONE_MS);
    put('me-000001', 1, beat);
    pass(1);
    expect(put('b-0000001', 1, data)).toEqual(['left b', 'unknown b-0000001']);
    expect(put('b-0000001', 1, state('b'))).toEqual([]);
    expect(put('b-0000001', 1, data)).toEqual(['unknown b-0000001']);
    const was = { epoch: 1, seq: 1 };
    expect(put('b-0000001', 2, hello('b', { was }))).toContain('joined b');
    expect(put('b-0000001', 2, { kind: 'data', again: [[1, 2]] })).toEqual(['data b']);
  });

  test('one that was silent only for whom its entries are missing is heard again when it says who it is', () => {
    const { put, pass } = startGroup();
    put('b-0000001', 1, hello('b'));
    pass(GONE_MS + 1);
    expect(put('b-0000001', 1, data, 7)).toContain('left b');
    expect(put('b-0000001', 1, state('b'), 8)).toEqual(['joined b', 'gap b']);
  });

  test('a machine that was silent for longer than the log keeps anything has missed something of those who forgot it', () => {
    const { put, pass, group } = startGroup();
    put('b-0000001', 1, hello('b'));
    pass(HISTORY_MS + 1);
    // Both were cut off, and b is the first that is back.
    expect(put('b-0000001', 1, beat)).toEqual([
      'left b',
      'forgotten b-0000001',
      'over',
      'unknown b-0000001',
    ]);
    const was = group.next();
    expect(put('b-0000001', 2, hello('b', { was: { epoch: 1, seq: 1 } }))).toEqual(['joined b']);
    // What b has sent until now was not for this machine, which nobody knew.
    expect(put('me-000001', 2, hello('me', { was }))).toEqual(['gap b', 'echo']);
    expect(put('b-0000001', 2, data)).toEqual(['data b']);
  });

  test('it hears of the gap when the other one is back, where that is later', () => {
    const { put, pass, group } = startGroup();
    put('b-0000001', 1, hello('b'));
    pass(HISTORY_MS + 1);
    put('b-0000001', 1, beat);
    put('me-000001', 2, hello('me', { was: group.next() }));
    expect(put('b-0000001', 2, hello('b', { was: { epoch: 1, seq: 1 } }))).toContain('gap b');
    expect(put('b-0000001', 2, data)).toEqual(['data b']);
  });

  test('what was missed of one that was not heard for longer than the log keeps anything is a gap', () => {
    const { put, pass } = startGroup();
    put('b-0000001', 1, hello('b'));
    put('c-0000001', 1, hello('c'));
    pass(HISTORY_MS + 1);
    expect(put('b-0000001', 1, data, 500)).toEqual([
      ...['left b', 'forgotten b-0000001', 'left c', 'forgotten c-0000001', 'over'],
      'unknown b-0000001',
    ]);
    expect(put('b-0000001', 1, state('b'), 501)).toEqual(['joined b', 'gap b']);
    const was = { epoch: 1, seq: 400 };
    expect(put('c-0000001', 2, hello('c', { was }))).toEqual(['joined c', 'gap c']);
  });

  test('one that came while this machine was in the group, and was not heard, is a gap', () => {
    const { put } = startGroup();
    expect(put('b-0000001', 1, state('b', 1_000_001), 500)).toEqual(['joined b', 'gap b']);
    expect(put('c-0000001', 1, state('c', 999_999), 500)).toEqual(['joined c']);
    const was = { epoch: 1, seq: 1 };
    expect(put('d-0000001', 2, hello('d', { sinceMs: 1_000_001, was }))).toEqual([
      ...['joined d', 'gap d', 'asked d-0000001'],
    ]);
    expect(put('e-0000001', 2, hello('e', { sinceMs: 999_999, was }))).toContain('joined e');
  });

  test('machines that are forgotten make room for others', () => {
    const { put, pass, group } = startGroup();
    for (let i = 0; i < 1_010; i++) {
      put(`b-${String(i).padStart(7, '0')}`, 1, hello(`b${i}`));
      pass(HISTORY_MS / 500);
    }
    const [first] = group.here;
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
    expect(put('b-0000001', 2, hello('b', { was: { epoch: 1, seq: 2 }, known }))).toEqual([
      'joined b',
    ]);
    expect(put('b-0000001', 2, data)).toEqual(['data b']);
  });

  test.each([
    ['more counted than was read here', { was: { epoch: 1, seq: 3 } }],
    ['it says that something is lost', { was: { epoch: 1, seq: 2 }, lost: true }],
    ['an epoch was missed', { was: { epoch: 2, seq: 9 } }],
  ])('a gap is told where %s', (_, more) => {
    const { put } = startGroup();
    put('b-0000001', 1, hello('b'));
    put('b-0000001', 1, data);
    const told = put('b-0000001', 3, hello('b', more));
    expect(told).toEqual(['left b', 'joined b', 'gap b', 'asked b-0000001 for values']);
  });

  test('a machine that is judged sees it itself', () => {
    const { put, pass, group } = startGroup();
    put('b-0000001', 1, hello('b'));
    pass(GONE_MS + 1);
    expect(put('b-0000001', 2, hello('b'))).toContain('over');
    expect(group.next()).toEqual({ epoch: 1, seq: 1 });
    expect(put('me-000001', 1, data)).toEqual([]);
    expect(put('me-000001', 2, hello('me'))).toEqual(['echo']);
  });

  test('a machine whose hello the log has lost begins again, and says what counted before', () => {
    const { put, group } = startGroup();
    put('me-000001', 1, data);
    group.next();
    expect(put('me-000001', 2, data, 2)).toEqual(['over']);
    expect(group.next()).toEqual({ epoch: 1, seq: 2 });
    expect(put('me-000001', 3, hello('me'))).toEqual(['echo']);
  });

  test('own entries that the log has lost may have been read by others: they count', () => {
    const { put } = startGroup();
    expect(put('me-000001', 1, data, 3)).toEqual(['echo']);
  });

  test('what is written again in another epoch is left out by who has read it', () => {
    const { put } = startGroup();
    put('b-0000001', 1, hello('b'));
    put('b-0000001', 1, data);
    const was = { epoch: 1, seq: 1 };
    const told = put('b-0000001', 2, hello('b', { was, known: ['me-000001.1'] }));
    expect(told).toEqual(['left b', 'joined b']);
    expect(put('b-0000001', 2, { kind: 'data', again: [[1, 2]] })).toEqual([]);
    expect(put('b-0000001', 2, { kind: 'data', again: [[1, 3]] })).toEqual(['data b']);
    put('b-0000001', 3, hello('b', { was: { epoch: 2, seq: 2 }, known: ['me-000001.1'] }));
    const twice = [
      [1, 4],
      [2, 3],
    ] as const;
    expect(put('b-0000001', 3, { kind: 'data', again: twice })).toEqual([]);
  });

  test('it is forgotten when the history is over', () => {
    const { put, pass } = startGroup();
    put('b-0000001', 1, hello('b'));
    pass(HISTORY_MS + 1);
    expect(put('me-000001', 1, beat)).toEqual(['left b', 'forgotten b-0000001', 'over']);
  });

  test('of several the eldest tells what is retained', () => {
    const { put, pass } = startGroup();
    pass(1);
    put('b-0000001', 1, hello('b'));
    expect(put('c-0000001', 1, hello('c'))).toEqual(['joined c', 'asked c-0000001 for values']);
    const late = new Group('late-00001', HISTORY_MS);
    const entry = (machine: string, content: Content) =>
      ({ machine, epoch: 1, seq: 1, seenMs: 0, sections: [], ...content }) as Entry;
    late.take(entry('old-000001', hello('old')), 10);
    late.take(entry('late-00001', hello('late')), 11);
    expect(late.take(entry('new-000001', hello('new')), 12).map(shown)).toEqual([
      'joined new',
      'asked new-000001',
    ]);
  });

  test('one that asks has missed something: it is let go of for a moment, and told', () => {
    const { put } = startGroup();
    put('b-0000001', 1, hello('b'));
    expect(put('b-0000001', 1, { kind: 'ask', to: 'me-000001' })).toEqual([
      'reset b',
      'asked b-0000001 for values',
    ]);
    expect(put('b-0000001', 1, { kind: 'ask', to: 'c-0000001' })).toEqual([]);
  });
});
