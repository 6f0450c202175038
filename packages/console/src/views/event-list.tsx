// Events, the newest first. Each has its sentence; stacks and last words open on demand.
import type { ConsoleEvent } from '@muster/core/console';
import { model } from '../model/console.js';
import { shown, shownLine } from '../text/foreign-text.js';
import { moment } from '../text/units.js';

const MOST_FRAMES = 50;
const MOST_LINES = 50;

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
      <Details event={event} />
    </li>
  );
}

function Details({ event: { stack, exit } }: { event: ConsoleEvent }) {
  const stderr = exit?.planned === false ? exit.stderr : [];
  return (
    <>
      {stack && stack.length > 0 && (
        <details>
          <summary>What it ran</summary>
          <pre>
            {stack
              .slice(0, MOST_FRAMES)
              .map(({ name, file, line, column }) => {
                const place = `${shownLine(file)}:${line}:${column}`;
                return name === '' ? `at ${place}` : `at ${shownLine(name, 200)} (${place})`;
              })
              .join('\n')}
          </pre>
        </details>
      )}
      {stderr.length > 0 && (
        <details>
          <summary>Its last words</summary>
          <pre>
            {stderr
              .slice(-MOST_LINES)
              .map((line) => shown(line, 1_000))
              .join('\n')}
          </pre>
        </details>
      )}
    </>
  );
}
