// Everything about one slot, over the page: its processes, its plots, its exits, and what can be done with it.
import type {
  History as GivenHistory,
  PastExit,
  SlotStatus,
  WorkerStatus,
} from '@muster/core/console';
import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { ActionButton } from '../../actions/action-button.js';
import { openSlot } from '../../actions/open-dialog.js';
import { model } from '../../model/console.js';
import { Modal } from '../../parts/modal.js';
import { StateLabel } from '../../parts/state-label.js';
import { drawSoon } from '../../plots/draw-clock.js';
import { PANELS } from '../../plots/panels.js';
import { Plot } from '../../plots/plot.js';
import { ask } from '../../server/calls.js';
import { exitText } from '../../text/exit-text.js';
import { shown, shownLine } from '../../text/foreign-text.js';
import { bytes, duration, moment } from '../../text/units.js';
import { EventList } from '../event-list.js';
import { panelsOf, SpanChoice } from '../overview.js';
import { usePolled } from '../polled.js';
import { LastWords, Stack } from './stack.js';

const EVERY_MS = 3_000;
const EVENTS = 20;
const SLOT_PANELS = PANELS.filter(({ ofCluster }) => !ofCluster);

export function SlotSheet() {
  const slot = openSlot.value;
  if (slot === undefined) return null;
  return <Sheet key={slot} slot={slot} />;
}

function Sheet({ slot }: { slot: number }) {
  const { answer, problem } = usePolled<SlotStatus>(`api/slot/${slot}`, EVERY_MS);
  const events = model.events.value.filter((event) => event.slot === slot).slice(-EVENTS);
  return (
    <Modal title={`Slot ${slot}`} kind="sheet" onClose={() => (openSlot.value = undefined)}>
      <div class="dialog-body">
        <div class="buttons">
          <ActionButton action={{ kind: 'restart', slot }}>Restart</ActionButton>
          <ActionButton action={{ kind: 'profile', slot }}>Profile</ActionButton>
        </div>
        {problem && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        {answer?.workers.map((worker) => (
          <Process key={worker.generation} worker={worker} />
        ))}
        {answer && <Start status={answer} />}
        <Plots slot={slot} />
        {answer && <Exits exits={answer.exits} />}
        <h3>Events</h3>
        <EventList events={events} label={`Events of slot ${slot}`} />
      </div>
    </Modal>
  );
}

function Process({ worker }: { worker: WorkerStatus }) {
  return (
    <dl class="facts-list">
      <dt>Process</dt>
      <dd>
        <StateLabel state={worker.state} /> {worker.pid !== undefined && `pid ${worker.pid}, `}
        generation {worker.generation}, role {shownLine(worker.role, 60)}
      </dd>
      {worker.pid !== undefined && (
        <>
          <dt>Up</dt>
          <dd>{duration(worker.uptimeMs)}</dd>
        </>
      )}
      <dt>Restarts</dt>
      <dd>
        {worker.restarts}, {worker.crashes} of them crashes
      </dd>
      {worker.addresses && worker.addresses.length > 0 && (
        <>
          <dt>Listens on</dt>
          <dd>
            {worker.addresses
              .slice(0, 20)
              .map((address) => shownLine(address))
              .join(', ')}
          </dd>
        </>
      )}
      {worker.hang && (
        <>
          <dt>Hangs</dt>
          <dd>
            since {moment(worker.hang.at - worker.hang.silentMs, model.now())}, and is replaced
            <Stack frames={worker.hang.stack} />
          </dd>
        </>
      )}
      {worker.heapUsedBytes !== undefined && (
        <>
          <dt>Heap in use</dt>
          <dd>{bytes(worker.heapUsedBytes)}</dd>
        </>
      )}
    </dl>
  );
}

function Start({ status: { commandLine, cwd } }: { status: SlotStatus }) {
  return (
    <dl class="facts-list">
      <dt>Started as</dt>
      <dd class="mono">{shownLine(commandLine.join(' '), 1_000)}</dd>
      <dt>In</dt>
      <dd class="mono">{shownLine(cwd, 500)}</dd>
    </dl>
  );
}

function Plots({ slot }: { slot: number }) {
  const spanMs = useSignal(300_000);
  // After a reconnect, what was missed is loaded as well.
  const hello = model.hello.value;
  const history = useMemo(() => model.watch(slot), [slot, hello]);
  useEffect(() => {
    const closed = new AbortController();
    ask<GivenHistory>(`api/history/${slot}`, closed.signal).then(
      (given) => {
        history.load(given);
        drawSoon();
      },
      // A slot that is gone has no history; its samples, if any come, are shown all the same.
      () => undefined,
    );
    return () => {
      closed.abort();
      model.unwatch(history);
    };
  }, [slot, history]);
  const read = useMemo(() => () => history, [history]);
  const panels = panelsOf(SLOT_PANELS, read, spanMs.value);
  return (
    <section aria-label={`Plots of slot ${slot}`}>
      <div class="bar">
        <h3>Plots</h3>
        <SpanChoice
          value={spanMs.value}
          onChange={(ms) => (spanMs.value = ms)}
          name={`span-${slot}`}
        />
      </div>
      <div class="plots">
        {panels.map((panel) => (
          <Plot key={panel.title} panel={panel} history={read} spanMs={spanMs.value} height={90} />
        ))}
      </div>
    </section>
  );
}

function Exits({ exits }: { exits: readonly PastExit[] }) {
  return (
    <>
      <h3>Exits</h3>
      {exits.length === 0 && <p class="empty">No process of this slot has ended yet.</p>}
      <ol class="exits">
        {exits.slice(0, 20).map((exit) => (
          <li key={`${exit.generation}-${exit.exitedAt}`}>
            <span class={exit.planned ? 'muted' : 'is-error'}>{exitText(exit)}</span> at{' '}
            {moment(exit.exitedAt, model.now())}, after {duration(exit.exitedAt - exit.startedAt)}{' '}
            (generation {exit.generation}, pid {exit.pid})
            {(exit.expelled ?? exit.spawnError) && (
              <p>{shown(exit.expelled ?? exit.spawnError ?? '', 500)}</p>
            )}
            <Stack frames={exit.hang?.stack} />
            <LastWords stderr={exit.stderr} />
          </li>
        ))}
      </ol>
    </>
  );
}
