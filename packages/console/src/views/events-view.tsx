// All events that are kept, with a filter.
import { signal } from '@preact/signals';
import { model } from '../model/console.js';
import { Choice } from '../parts/choice.js';
import { SearchField } from '../parts/search-field.js';
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
          <Choice
            label="Show"
            value={level.value}
            choices={Object.entries(LEVELS)}
            choose={(value) => (level.value = value as Level)}
            isInline
          />
          <SearchField text={text} />
        </span>
      </div>
      <EventList events={events} label="Events, the newest first" />
    </section>
  );
}
