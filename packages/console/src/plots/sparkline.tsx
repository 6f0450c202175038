// The last minute of one number, without axes.
import { useEffect, useRef } from 'preact/hooks';
import { model } from '../model/console.js';
import { plotColors } from './colors.js';
import { onDraw } from './draw-clock.js';

const WIDTH = 84;
const HEIGHT = 18;
const POINTS = 60;

export interface SparklineProps {
  readonly slot: number;
  readonly name: string;
  /** The least height of the scale. */
  readonly least: number;
}

export function Sparkline({ slot, name, least }: SparklineProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const target = canvas.current;
    if (!target) return undefined;
    let isSeen = true;
    const draw = () => {
      if (isSeen) drawValues(target, model.sparks.get(slot)?.last(name, POINTS) ?? [], least);
    };
    const stop = onDraw(draw);
    const seen = new IntersectionObserver(([entry]) => {
      isSeen = entry?.isIntersecting ?? true;
    });
    seen.observe(target);
    return () => {
      stop();
      seen.disconnect();
    };
  }, [slot, name, least]);
  return <canvas ref={canvas} class="sparkline" width={WIDTH} height={HEIGHT} />;
}

function drawValues(
  canvas: HTMLCanvasElement,
  values: readonly (number | null)[],
  least: number,
): void {
  const ratio = Math.max(1, devicePixelRatio);
  if (canvas.width !== WIDTH * ratio) {
    canvas.width = WIDTH * ratio;
    canvas.height = HEIGHT * ratio;
  }
  const context = canvas.getContext('2d');
  if (!context) return;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, WIDTH, HEIGHT);
  const most = values.reduce<number>((top, value) => Math.max(top, value ?? 0), least);
  context.beginPath();
  let isDrawing = false;
  for (const [index, value] of values.entries()) {
    if (value === null) {
      isDrawing = false;
      continue;
    }
    const x = WIDTH - (values.length - 1 - index) * (WIDTH / (POINTS - 1));
    const y = HEIGHT - 1.5 - (value / most) * (HEIGHT - 3);
    if (isDrawing) context.lineTo(x, y);
    else context.moveTo(x, y);
    isDrawing = true;
  }
  context.strokeStyle = plotColors().lines[0] ?? '';
  context.lineWidth = 1.25;
  context.stroke();
}
