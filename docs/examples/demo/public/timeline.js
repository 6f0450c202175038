// A bar for each moment of the last seconds: what a worker answered, and when it was gone.

/** Milliseconds that one bar stands for, and how many bars there are. */
const STEP_MS = 200;
const STEPS = 100;
/** What fills a lane at the least, in answers of one step: few answers stay small. */
const LEAST_PEAK = 8;
/** Pixels at the left that a label covers. */
const LABEL_WIDTH = 48;

/** @typedef {{ from: number, to: number, text: string }} Span steps; `to` is Infinity as long as it lasts */

export class Timeline {
  #canvas;
  /** Answers by step. @type {Map<number, number>} */
  #answers = new Map();
  /** @type {Span[]} */
  #down = [];
  /** Steps in which another generation took over. @type {number[]} */
  #marks = [];

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.#canvas = canvas;
  }

  count() {
    const step = Math.floor(now());
    this.#answers.set(step, (this.#answers.get(step) ?? 0) + 1);
    wake();
  }

  down() {
    if (this.#down.at(-1)?.to !== Number.POSITIVE_INFINITY) {
      this.#down.push({ from: now(), to: Number.POSITIVE_INFINITY, text: '' });
    }
    wake();
  }

  /** @param {string} text what is written where it was down */
  up(text) {
    const last = this.#down.at(-1);
    if (last?.to !== Number.POSITIVE_INFINITY) return;
    last.to = now();
    last.text = text;
  }

  mark() {
    this.#marks.push(now());
    wake();
  }

  /** The most answers in one step. */
  peak() {
    return Math.max(0, ...this.#answers.values());
  }

  /** Whether there is anything to see. */
  get moves() {
    return this.#answers.size + this.#down.length + this.#marks.length > 0;
  }

  /** @param {number} peak what fills the height */
  draw(peak) {
    const end = now();
    this.#forget(end - STEPS - 1);
    const canvas = this.#canvas;
    const { clientWidth: width, clientHeight: height } = canvas;
    const scale = devicePixelRatio;
    if (canvas.width !== width * scale || canvas.height !== height * scale) {
      canvas.width = width * scale;
      canvas.height = height * scale;
    }
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    const style = getComputedStyle(canvas);
    const wide = width / STEPS;
    const left = (/** @type {number} */ step) => width - (end - step) * wide;
    context.font = '600 11px system-ui, sans-serif';
    for (const { from, to, text } of this.#down) {
      const start = left(from);
      const until = Math.min(to, end);
      context.fillStyle = style.getPropertyValue('--gone');
      context.fillRect(start, 0, left(until) - start, height);
      context.fillStyle = style.getPropertyValue('--mark');
      // Where the label of the button is not.
      if (start > LABEL_WIDTH && left(until) - start > 30) context.fillText(text, start + 4, 16);
    }
    context.fillStyle = style.color;
    for (const [step, answers] of this.#answers) {
      const high = Math.max(2, (answers / peak) * (height - 4));
      context.fillRect(left(step), height - high, Math.max(1, wide - 1), high);
    }
    context.fillStyle = style.getPropertyValue('--mark');
    for (const step of this.#marks) context.fillRect(left(step) - 1, 0, 2, height);
  }

  /** @param {number} before the step */
  #forget(before) {
    for (const step of this.#answers.keys()) if (step < before) this.#answers.delete(step);
    this.#down = this.#down.filter(({ to }) => to > before);
    this.#marks = this.#marks.filter((step) => step > before);
  }
}

const now = () => performance.now() / STEP_MS;

let wake = () => {};

/** Draws the timelines as long as something moves. @param {() => Timeline[]} all */
export function keepDrawing(all) {
  const still = matchMedia('(prefers-reduced-motion: reduce)');
  let awake = false;
  const draw = () => {
    const timelines = all();
    const peak = Math.max(LEAST_PEAK, ...timelines.map((timeline) => timeline.peak()));
    for (const timeline of timelines) timeline.draw(peak);
    awake = timelines.some(({ moves }) => moves);
    if (awake) next();
  };
  // In steps of a second where motion is not wanted.
  const next = () => {
    if (still.matches) setTimeout(draw, 1000);
    else requestAnimationFrame(draw);
  };
  wake = () => {
    if (awake) return;
    awake = true;
    next();
  };
  addEventListener('resize', () => wake());
}
