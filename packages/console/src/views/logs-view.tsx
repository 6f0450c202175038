// The last lines of all workers, with a filter, as they come.
import type { LogsAnswer } from '@muster/core/console';
import { signal, useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { reasonOf } from '../actions/operations.js';
import type { NumberedLine } from '../model/cluster.js';
import { model, wantLogs } from '../model/console.js';
import { Choice } from '../parts/choice.js';
import { Empty } from '../parts/empty.js';
import { SearchField } from '../parts/search-field.js';
import { ask } from '../server/calls.js';
import { shown, shownLine } from '../text/foreign-text.js';
import { moment } from '../text/units.js';
import { filteredLines } from './line-filter.js';

/** Of the lines that came before the view was opened. */
const FIRST = 500;
/** In the page; more are kept, and found by the filter. */
const SHOWN = 500;
const MOST_CHARACTERS = 2_000;

const slot = signal('');
const text = signal('');

export function LogsView() {
  const part = model.hello.value?.parts.logs;
  if (part?.available === false) return <Empty>{shownLine(part.reason)}</Empty>;
  return <Lines />;
}

function Lines() {
  const place = useRef<HTMLOListElement>(null);
  const follows = useSignal(true);
  const problem = useSignal<string | undefined>(undefined);
  /** Why there is less than one may expect. */
  const note = useSignal<string | undefined>(undefined);
  // After a reconnect, what was missed is loaded as well.
  const hello = model.hello.value;
  useEffect(() => {
    const closed = new AbortController();
    wantLogs();
    ask<LogsAnswer>(`api/logs?n=${FIRST}`, closed.signal).then(
      ({ lines, reason }) => {
        problem.value = undefined;
        note.value = reason;
        model.setLines(lines);
      },
      (error) => {
        if (!closed.signal.aborted) problem.value = reasonOf(error);
      },
    );
    return () => closed.abort();
  }, [hello, problem, note]);

  const lines = filteredLines(model.lines.value, { slot: slot.value, text: text.value }, SHOWN);
  const last = lines.at(-1)?.id;
  useLayoutEffect(() => {
    if (follows.value && place.current) place.current.scrollTop = place.current.scrollHeight;
  }, [last, follows.value]);

  const slots = model.status.value?.workers.map((worker) => worker.slot) ?? [];
  return (
    <section aria-label="Logs" class="whole">
      <div class="bar">
        <h2>Logs</h2>
        <span class="filters">
          <Choice
            label="Slot"
            value={slot.value}
            choices={[
              ['', 'all'],
              ...[...new Set(slots)].map((number) => [`${number}`, `${number}`] as const),
            ]}
            choose={(value) => (slot.value = value)}
            isInline
          />
          <SearchField text={text} />
          <label class="inline">
            <input
              type="checkbox"
              checked={follows.value}
              onChange={(event) => (follows.value = event.currentTarget.checked)}
            />
            Follow
          </label>
        </span>
      </div>
      {problem.value && <p class="problem">{shownLine(problem.value)}</p>}
      {note.value && <p class="note">{shownLine(note.value)}</p>}
      {lines.length === 0 && <Empty>No line to show.</Empty>}
      <ol
        class="lines"
        ref={place}
        aria-label="Lines of the logs"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
        tabIndex={0}
        onScroll={({ currentTarget: list }) => {
          // Whoever scrolls up reads, and is left in peace; at the end it goes on.
          follows.value = list.scrollTop + list.clientHeight >= list.scrollHeight - 8;
        }}
      >
        {lines.map((line) => (
          <Line key={line.id} line={line} />
        ))}
      </ol>
    </section>
  );
}

function Line({ line }: { line: NumberedLine }) {
  return (
    <li class={line.stream === 'stderr' ? 'stderr' : undefined}>
      <time dateTime={new Date(line.at).toISOString()}>{moment(line.at, model.now())}</time>
      <span
        class="line-slot"
        title={`slot ${line.slot}, generation ${line.generation}, ${line.stream}`}
      >
        {line.slot}
      </span>
      <span class="line-text">{shown(line.text, MOST_CHARACTERS)}</span>
    </li>
  );
}
