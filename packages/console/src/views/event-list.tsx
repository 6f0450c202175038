// Events, the newest first. Each has its sentence; stacks and last words open on demand.
import type { ConsoleEvent } from '@muster/core/console';
import { model } from '../model/console.js';
import { shown, shownLine } from '../text/foreign-text.js';
import { moment } from '../text/units.js';
import { LastWords, Stack } from './slots/stack.js';

export function EventList({ events, label }: { events: readonly ConsoleEvent[]; label: string }) {
  if (events.length === 0) return <p class="empty">Nothing has happened yet.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <ol class="events" aria-label={label} tabIndex={0}>
      {events.toReversed().map((event) => (
        <Entry key={event.id} event={event} />
      ))}
    </ol>
  );
}

function Entry({ event }: { event: ConsoleEvent }) {
  return (
    <li class={`event is-${event.level}`}>
      <span class="event-head">
        <time dateTime={new Date(event.at).toISOString()}>{moment(event.at, model.now())}</time>
        <span class="event-type">{shownLine(event.type, 60)}</span>
        {event.level !== 'info' && <span class="hidden">({event.level})</span>}
      </span>
      <span class="event-text">{shown(event.text, 1_000)}</span>
      <Stack frames={event.stack} />
      {event.exit?.planned === false && <LastWords stderr={event.exit.stderr} />}
    </li>
  );
}
