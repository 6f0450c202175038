// The views, and the one that is shown: its name is in the address, so that it can be kept as a bookmark.
import { computed, signal } from '@preact/signals';
import type { FunctionComponent } from 'preact';
import { model } from '../model/console.js';
import { EventsView } from '../views/events-view.js';
import { LogsView } from '../views/logs-view.js';
import { MachinesView } from '../views/machines-view.js';
import { Overview } from '../views/overview.js';
import { StoreView } from '../views/store-view.js';

export type ViewName = 'overview' | 'events' | 'store' | 'logs' | 'machines';

interface View {
  readonly title: string;
  readonly view: FunctionComponent;
}

export const VIEWS: Readonly<Record<ViewName, View>> = {
  overview: { title: 'Overview', view: Overview },
  events: { title: 'Events', view: EventsView },
  store: { title: 'Store and queues', view: StoreView },
  logs: { title: 'Logs', view: LogsView },
  machines: { title: 'Machines', view: MachinesView },
};

const hash = signal(location.hash);
addEventListener('hashchange', () => {
  hash.value = location.hash;
});

export const shownView = computed<ViewName>(() => {
  const name = hash.value.slice(1);
  return Object.hasOwn(VIEWS, name) ? (name as ViewName) : 'overview';
});

export function Navigation() {
  const hasMachines = model.hello.value?.parts.machines.available;
  const names = (Object.keys(VIEWS) as ViewName[]).filter(
    (name) => name !== 'machines' || hasMachines,
  );
  return (
    <nav aria-label="Views">
      {names.map((name) => (
        <a
          key={name}
          href={`#${name}`}
          aria-current={name === shownView.value ? 'page' : undefined}
        >
          {VIEWS[name].title}
        </a>
      ))}
    </nav>
  );
}
