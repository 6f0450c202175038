import { describe, expect, it } from 'vitest';
import { debuggerAddress } from '../../dist/extensions/health/stack/debugger-address.js';
import { InspectorNotices } from '../../dist/extensions/health/stack/inspector-notices.js';
import { innermostFrame, readFrames } from '../../dist/extensions/health/stack/stack-frames.js';
import { inspectorFlags } from '../../dist/supervisor/process/inspector-flags.js';
import { hideInspectorFlags } from '../../dist/worker/health/inspector-flags.js';

const ID = '29b3079e-677a-4bcf-bd06-b6f5d011b7ea';

describe("what a fork says of a worker's inspector", () => {
  const SECRET = '--inspect-publish-uid=stderr';
  it.each<[string, string[], string | undefined, [string[], number, boolean]]>([
    ['nothing was said', [], undefined, [[SECRET], 0, true]],
    ['something else was', ['--import', 'tsx', '--title=--inspecting'], '', [[SECRET], 0, true]],
    ['a port to open it on', ['--inspect-port=9300'], undefined, [[SECRET], 9300, true]],
    ['the same, apart', ['--inspect-port', '127.0.0.1:9300'], undefined, [[SECRET], 9300, true]],
    ['the same, by its old name', ['--debug-port=9300'], undefined, [[SECRET], 9300, true]],
    ['it is open', ['--inspect'], undefined, [[], 9232, false]],
    ['it is open at a port', ['--inspect=0.0.0.0:8000'], undefined, [[], 8003, false]],
    ['it is open at any port', ['--inspect=0'], undefined, [[], 0, false]],
    ['it waits', ['--inspect-brk'], undefined, [[], 9232, false]],
    ['it waits at a port', ['--inspect-wait=8000'], undefined, [[], 8003, false]],
    ['its ports end', ['--inspect=65535'], undefined, [[], 0, false]],
    ['it is open by NODE_OPTIONS', [], '--inspect --import tsx', [[], 9232, false]],
    ['a port by NODE_OPTIONS', [], '--inspect-port=9300', [[SECRET], 9300, true]],
    ['it is published on request', ['--inspect-publish-uid=http'], undefined, [[], 0, false]],
    ['it is published nowhere else', [SECRET], undefined, [[], 0, true]],
    ['published by NODE_OPTIONS', [], '--inspect-publish-uid=stderr,http', [[], 0, false]],
    ['no signal may open it', ['--disable-sigusr1'], undefined, [[SECRET], 0, false]],
  ])('where %s', (_what, execArgv, nodeOptions, [added, port, opensInSecret]) => {
    const question = { execArgv, nodeOptions, slot: 2, overlaps: false };
    expect(inspectorFlags(question)).toEqual({ execArgv: added, port, opensInSecret });
  });

  it('while its predecessor has the port: any other', () => {
    const question = { execArgv: ['--inspect=8000'], nodeOptions: '', slot: 0, overlaps: true };
    expect(inspectorFlags(question).port).toBe(0);
  });

  it('is not inherited by what the worker forks, where nobody but Muster said it', () => {
    const before = process.execArgv;
    const given = ['--import', 'tsx', SECRET, '--inspect-port=0'];
    process.execArgv = given;
    hideInspectorFlags({ MUSTER_INSPECTOR: '' });
    expect(process.execArgv).toEqual(given);
    hideInspectorFlags({ MUSTER_INSPECTOR: 'secret' });
    expect(process.execArgv).toEqual(['--import', 'tsx']);
    process.execArgv = before;
  });
});

describe('the address of a debugger', () => {
  it.each([
    [`ws://127.0.0.1:36997/${ID}`, `ws://127.0.0.1:36997/${ID}`],
    [`ws://localhost:36997/${ID}`, `ws://127.0.0.1:36997/${ID}`],
    [`ws://0.0.0.0:9229/${ID}`, `ws://127.0.0.1:9229/${ID}`],
    [`ws://[::1]:9229/${ID}`, `ws://[::1]:9229/${ID}`],
    [`ws://[::]:9229/${ID}`, `ws://[::1]:9229/${ID}`],
    [`ws://10.0.0.7:9229/${ID}`, undefined],
    [`ws://evil.example:9229/${ID}`, undefined],
    [`ws://127.0.0.1.evil.example:9229/${ID}`, undefined],
    [`ws://evil@127.0.0.1:9229/${ID}`, undefined],
    [`ws://constructor:9229/${ID}`, undefined],
    [`wss://127.0.0.1:9229/${ID}`, undefined],
    [`http://127.0.0.1:9229/${ID}`, undefined],
    [`ws://127.0.0.1:0/${ID}`, undefined],
    [`ws://127.0.0.1:99999/${ID}`, undefined],
    [`ws://127.0.0.1/${ID}`, undefined],
    ['ws://127.0.0.1:9229/', undefined],
    ['ws://127.0.0.1:9229/../admin', undefined],
    [`ws://127.0.0.1:9229/${ID}/more`, undefined],
    [`ws://127.0.0.1:9229/${ID}\n`, undefined],
    ['', undefined],
  ])('%j: %j', (text, url) => {
    expect(debuggerAddress(text)).toBe(url);
  });
});

describe('what Node prints of its inspector', () => {
  const LISTENS = `Debugger listening on ws://127.0.0.1:36997/${ID}\n`;
  const NOTICES = [
    LISTENS,
    'For help, see: https://nodejs.org/en/docs/inspector\n',
    'For help, see: https://nodejs.org/learn/getting-started/debugging\n',
    'Debugger attached.\n',
    'Waiting for the debugger to disconnect...\n',
    `Debugger ending on ws://127.0.0.1:36997/${ID}\n`,
    'Starting inspector on 127.0.0.1:9229 failed: address already in use\n',
  ].join('');
  const OTHER = ['a line\n', 'Debugger: mine\n', '\u00fe\u00e9 is kept\n', 'no newline, '];

  function read(text: string, chunkBytes: number, hide: boolean) {
    const addresses: string[] = [];
    const notices = new InspectorNotices((address) => addresses.push(address));
    if (hide) notices.hide();
    const bytes = Buffer.from(text, 'latin1');
    let passed = '';
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      passed += notices.push(bytes.subarray(at, at + chunkBytes)).toString('latin1');
    }
    passed += notices.show().toString('latin1');
    return { passed, addresses };
  }

  it.each([1, 2, 7, 64, 10_000])('is cut out, in chunks of %i bytes, and nothing else', (bytes) => {
    for (const other of OTHER) {
      const { passed, addresses } = read(`${other}${NOTICES}${other}`, bytes, true);
      expect(passed).toBe(`${other}${other}`);
      expect(addresses).toEqual([`ws://127.0.0.1:36997/${ID}`]);
    }
  });

  it.each([1, 10_000])('is passed on where its user wants to read it, chunks of %i', (bytes) => {
    const text = `before\n${NOTICES}after`;
    expect(read(text, bytes, false)).toEqual({
      passed: text,
      addresses: [`ws://127.0.0.1:36997/${ID}`],
    });
  });

  it.each([
    ['an address without an end', `Debugger listening on ws://${'x'.repeat(100_000)}`],
    ['nothing but beginnings', 'Debugger '.repeat(10_000)],
    ['no address', 'Debugger listening on \n'],
    ['other lines of help', 'For help, see: https://example.com/\n'],
  ])('is not what looks like it: %s', (_what, text) => {
    for (const bytes of [37, 65_536]) expect(read(text, bytes, true).passed).toBe(text);
  });
});

describe('the frames that a debugger shows', () => {
  const scripts = new Map([
    ['1', 'file:///app/server.js'],
    ['2', 'node:internal/timers'],
    ['3', 'file:///app/%0Amuster: forged%1b%5b2J.js'],
    ['4', 'file://%zz'],
  ]);
  const frame = (more: object = {}) => ({
    callFrameId: '7.1.0',
    functionName: 'work',
    location: { scriptId: '1', lineNumber: 5, columnNumber: 2 },
    ...more,
  });
  const read = (...callFrames: unknown[]) => readFrames({ callFrames }, scripts);

  it('are read', () => {
    const location = { scriptId: '2', lineNumber: 0 };
    expect(read(frame(), frame({ functionName: '', location }))).toEqual([
      { name: 'work', file: '/app/server.js', line: 6, column: 3 },
      { name: '', file: 'node:internal/timers', line: 1, column: 1 },
    ]);
    expect(innermostFrame({ callFrames: [frame()] })).toBe('7.1.0');
  });

  it('forge no line of a log, and are no longer than their place', () => {
    const [forged] = read(
      frame({
        functionName: `x\n2026-01-01 muster: all is well\u001b[2J\u202e${'y'.repeat(10_000)}`,
        location: { scriptId: '3', lineNumber: 1, columnNumber: 1 },
      }),
    );
    const text = JSON.stringify(forged);
    for (const control of ['\\n', '\\u001b', '\u202e']) expect(text).not.toContain(control);
    expect(text.length).toBeLessThan(1_000);
    expect(read(...Array.from({ length: 100_000 }, () => frame())).length).toBe(64);
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'frames'],
    ['no list', { callFrames: { length: 3, 0: frame() } }],
    ['a list of nothing', { callFrames: [null, undefined, 7, 'x', [], {}] }],
    ['no place', { callFrames: [frame({ location: null }), frame({ location: 'here' })] }],
    ['a line below 0', { callFrames: [frame({ location: { scriptId: '1', lineNumber: -1 } })] }],
    ['no number', { callFrames: [frame({ location: { scriptId: '1', lineNumber: '5' } })] }],
    ['a name that is none', { callFrames: [frame({ functionName: { toString: 1 } })] }],
  ])('are none in %s', (_what, paused) => {
    expect(readFrames(paused, scripts)).toEqual([]);
    expect(() => innermostFrame(paused)).not.toThrow();
  });

  it('have the text of a path that is none', () => {
    expect(read(frame({ location: { scriptId: '4', lineNumber: 0 } }))[0]?.file).toBe('file://%zz');
  });
});
