// Short messages about what the user did. They are read out, and shown for a while.
import { signal } from '@preact/signals';
import { withRecent } from '../model/recent.js';

export interface Notice {
  readonly id: number;
  readonly level: 'info' | 'error';
  readonly text: string;
}

const SHOWN_MS = 20_000;
const MOST = 4;

export const notices = signal<readonly Notice[]>([]);
let lastId = 0;

/** An error stays until it is closed. */
export function notify(level: Notice['level'], text: string): void {
  const id = ++lastId;
  notices.value = withRecent(notices.value, [{ id, level, text }], MOST);
  if (level === 'info') setTimeout(() => dismiss(id), SHOWN_MS);
}

export function dismiss(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}
