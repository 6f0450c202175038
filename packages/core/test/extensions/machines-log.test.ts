// What the log says of machines that come and go.
import { expect, test } from 'vitest';
import { logOf } from '../../dist/extensions/machines/machines-log.js';

function told() {
  const lines: string[] = [];
  const say = (event: string, message: string) => void lines.push(`${event}: ${message}`);
  return { lines, events: logOf({ info: say, warn: say, error: say }, {}) };
}

test('a machine that was killed leaves after its successor of the same name has come: the log does not end with its absence', () => {
  const { lines, events } = told();
  const machine = (name: string, id: string) => ({ name, id, epoch: 1, sinceMs: 0 });
  events.onJoined?.(machine('web', 'first'));
  events.onJoined?.(machine('web', 'second'));
  events.onLeft?.(machine('web', 'first'));
  events.onRenamed?.(machine('web-2', 'second'), 'web');
  events.onLeft?.(machine('web-2', 'second'));
  expect(lines).toEqual([
    'machines.joined: machine web has joined the group default',
    'machines.joined: machine web has joined the group default',
    'machines.left: machine web has left the group default, where another one of this name is now',
    'machines.renamed: machine web is called web-2 from now on',
    'machines.left: machine web-2 has left the group default',
  ]);
});
