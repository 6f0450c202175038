// One plot: its title, the values now or under the pointer, and a canvas.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { History } from '../model/history.js';
import { onDraw } from './draw-clock.js';
import type { Panel } from './panels.js';
import { uplotOptions } from './uplot-options.js';

export interface PlotProps {
  readonly panel: Panel;
  /** The history at the moment: it is another one after a reconnect. */
  history(): History;
  readonly spanMs: number;
  readonly height?: number;
}

const HEIGHT = 116;

export function Plot({ panel, history, spanMs, height = HEIGHT }: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const pointed = useRef<number | null | undefined>(null);
  const texts = useSignal<readonly string[]>([]);

  useEffect(() => {
    const parent = place.current;
    if (!parent) return undefined;
    let data = read(history(), panel, spanMs);
    let end = data[0].at(-1) ?? 0;
    const tell = () => {
      const index = pointed.current ?? data[0].length - 1;
      const next = panel.lines.map((_, line) => panel.format(data[line + 1]?.[index]));
      if (next.join() !== texts.value.join()) texts.value = next;
    };
    const plot = new uPlot(
      uplotOptions({
        panel,
        width: Math.max(120, parent.clientWidth),
        height,
        timeRange: () => [end - spanMs / 1_000, end],
        pointed(index) {
          pointed.current = index;
          tell();
        },
      }),
      data,
      parent,
    );
    let isSeen = true;
    const draw = () => {
      if (!isSeen) return;
      data = read(history(), panel, spanMs);
      end = data[0].at(-1) ?? 0;
      plot.setData(data);
      tell();
    };
    const stopDrawing = onDraw(draw);
    const seen = new IntersectionObserver(([entry]) => {
      isSeen = entry?.isIntersecting ?? true;
      draw();
    });
    seen.observe(parent);
    const sized = new ResizeObserver(() => {
      const width = Math.max(120, parent.clientWidth);
      if (width !== plot.width) plot.setSize({ width, height });
    });
    sized.observe(parent);
    return () => {
      stopDrawing();
      seen.disconnect();
      sized.disconnect();
      plot.destroy();
    };
  }, [panel, history, spanMs, height, texts]);

  return (
    <figure class="plot">
      <figcaption>
        <span class="plot-title">{panel.title}</span>
        <span class="plot-values">
          {panel.lines.map(({ label }, index) => (
            <span key={label} class={`plot-value line-${index + 1}`}>
              <span class="plot-label">{label}</span> {texts.value[index] ?? '–'}
            </span>
          ))}
        </span>
      </figcaption>
      {/* What it shows is in the caption, as text. */}
      <div class="canvas" ref={place} style={{ height: `${height}px` }} aria-hidden="true" />
    </figure>
  );
}

function read(history: History, { lines }: Panel, spanMs: number): uPlot.AlignedData {
  return history.of(
    lines.map(({ name }) => name),
    spanMs,
  ) as uPlot.AlignedData;
}
