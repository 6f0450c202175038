// What the log of a cluster says of other machines.
import { expect, test, vi } from 'vitest';
import { MemoryLog } from '../dist/link/memory/memory-log.js';
import { startMachine, stopMachines } from './support/memory-group.js';

test('machines that join, get another name, come back after a silence and leave are told of once each', async () => {
  const log = new MemoryLog();
  const news: string[] = [];
  const first = startMachine(log, 'web', {
    goneMs: 400,
    onJoined: ({ name }) => news.push(`${name} joined`),
    onRenamed: ({ name }, before) => news.push(`${before} is ${name}`),
    onLeft: ({ name }) => news.push(`${name} left`),
  });
  const second = startMachine(log, 'web', { goneMs: 400 });
  try {
    await vi.waitFor(() => expect(news).toEqual(['web joined', 'web is web-2']));

    second.link.faults.cut = true;
    await vi.waitFor(() => expect(news.slice(2)).toEqual(['web-2 left']));
    second.link.heal();
    await vi.waitFor(() => expect(news.slice(3)).toEqual(['web-2 joined']));

    await stopMachines([second]);
    await vi.waitFor(() => expect(news.slice(4)).toEqual(['web-2 left']));
  } finally {
    await stopMachines([first, second]);
  }
});
