// All events that are kept, with a filter.
import { signal } from '@preact/signals';
import { model } from '../model/console.js';
import { EventList } from './event-list.js';

const LEVELS = { all: 'all', warn: 'warnings and errors', error: 'errors' } as const;
type Level = keyof typeof LEVELS;

const level = signal<Level>('all');
const text = signal('');

export function EventsView() {
  const sought = text.value.toLowerCase();
  const events = model.events.value.filter(
    (event) =>
      (level.value === 'all' || event.level === 'error' || event.level === level.value) &&
      (sought === '' || `${event.type} ${event.text}`.toLowerCase().includes(sought)),
  );
  return (
    <section aria-label="Events" class="whole">
      <div class="bar">
        <h2>Events</h2>
        <span class="filters">
          <label class="inline">
            Show
            <select
              value={level.value}
              onChange={(event) => (level.value = event.currentTarget.value as Level)}
            >
              {Object.entries(LEVELS).map(([key, label]) => (
                <option key={key} value={key}>
                  {label}
                </option>
              ))}
            </select>
          </label>
          <label class="inline">
            With
            <input
              type="search"
              placeholder="text"
              value={text.value}
              onInput={(event) => (text.value = event.currentTarget.value)}
            />
          </label>
        </span>
      </div>
      <EventList events={events} label="Events, the newest first" />
    </section>
  );
}
