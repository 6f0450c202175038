// The first view: the four plots that matter most, the slots with the last events beside them, and all other plots.
import { signal } from '@preact/signals';
import { model } from '../model/console.js';
import { type History, SPANS } from '../model/history.js';
import { HEADLINE, PANELS, type Panel } from '../plots/panels.js';
import { Plot } from '../plots/plot.js';
import { EventList } from './event-list.js';
import { SlotTable } from './slots/slot-table.js';

/** Stays when the view is left. */
const spanMs = signal<number>(300_000);
const history = () => model.history;
const depths = () => model.depths;
const historyOf = ({ ofQueues }: Panel) => (ofQueues ? depths : history);
/** Beside the slots. */
const EVENTS = 30;

export function Overview() {
  // A series that begins later shows its plot.
  model.tick.value;
  const panels = panelsOf(PANELS, (panel) => historyOf(panel)(), spanMs.value);
  return (
    <>
      <section aria-label="Plots of the cluster">
        <div class="bar">
          <h2>Cluster</h2>
          <SpanChoice value={spanMs.value} onChange={(ms) => (spanMs.value = ms)} name="span" />
        </div>
        <PlotGrid panels={panels.slice(0, HEADLINE)} kind="headline" />
      </section>
      <div class="columns">
        <SlotTable />
        <section class="side" aria-label="Last events">
          <div class="bar">
            <h2>Events</h2>
            <a href="#events">All events</a>
          </div>
          <EventList events={model.events.value.slice(-EVENTS)} label="Last events" />
        </section>
      </div>
      <section aria-label="More plots of the cluster">
        <div class="bar">
          <h2>More of the cluster</h2>
        </div>
        <PlotGrid panels={panels.slice(HEADLINE)} />
      </section>
    </>
  );
}

function PlotGrid({ panels, kind = '' }: { panels: readonly Panel[]; kind?: string }) {
  return (
    <div class={`plots ${kind}`}>
      {panels.map((panel) => (
        <Plot key={panel.title} panel={panel} history={historyOf(panel)} spanMs={spanMs.value} />
      ))}
    </div>
  );
}

/** Without those that are left out while they have no value. */
export function panelsOf(
  panels: readonly Panel[],
  historyOf: (panel: Panel) => History,
  spanMs: number,
): Panel[] {
  const hasValue = (panel: Panel) =>
    panel.lines.some(({ name }) =>
      historyOf(panel)
        .of([name], spanMs)[1]
        ?.some((value) => value !== null),
    );
  return panels.filter((panel) => !panel.optional || hasValue(panel));
}

export function SpanChoice({
  value,
  onChange,
  name,
}: {
  value: number;
  onChange(ms: number): void;
  name: string;
}) {
  return (
    <fieldset class="choice">
      <legend class="hidden">Time that the plots show</legend>
      {SPANS.map(({ label, ms }) => (
        <label key={ms}>
          <input type="radio" name={name} checked={ms === value} onChange={() => onChange(ms)} />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}
