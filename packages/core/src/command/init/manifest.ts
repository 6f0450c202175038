// package.json as text: what `muster init` adds changes nothing else in it.

export interface Manifest {
  readonly values: Readonly<Record<string, unknown>>;
  readonly layout: Layout;
}

/** How the text is written. */
interface Layout {
  /** The byte order mark, or nothing. */
  readonly mark: string;
  /** Of one level; empty if all stands on one line. */
  readonly indent: string;
  readonly newline: string;
  /** What stands behind the last brace. */
  readonly end: string;
}

const OWN: Layout = { mark: '', indent: '  ', newline: '\n', end: '\n' };

/** The first line break, and the indentation behind it. */
const FIRST_BREAK = /^\s*\{(?:\r?\n)*?(\r?\n)([ \t]+)/;
const NOTHING_IN_IT = /^\s*\{\s*\}\s*$/;

/** @throws Error that says what is wrong, a SyntaxError too. */
export function parseManifest(text: string): Manifest {
  const [mark, json] = text.startsWith('\uFEFF') ? ['\uFEFF', text.slice(1)] : ['', text];
  const values: unknown = JSON.parse(json);
  if (!isObject(values)) throw new Error('it is not an object');
  const { type = 'commonjs' } = values;
  if (type !== 'module' && type !== 'commonjs') {
    throw new Error('its "type" is neither "module" nor "commonjs"');
  }
  if (values.scripts !== undefined && !isObject(values.scripts)) {
    throw new Error('its "scripts" is not an object');
  }
  return { values, layout: { ...layoutOf(json), mark } };
}

/** As npm finds it, so that the two do not undo each other's lines. */
function layoutOf(json: string): Omit<Layout, 'mark'> {
  const end = /\r?\n$/.exec(json)?.[0] ?? '';
  if (NOTHING_IN_IT.test(json)) return { ...OWN, newline: end || OWN.newline, end };
  const [, newline = OWN.newline, indent = ''] = FIRST_BREAK.exec(json) ?? [];
  return { indent, newline, end };
}

export function formatManifest(values: object, layout: Layout = OWN): string {
  const { mark, indent, newline, end } = layout;
  return mark + JSON.stringify(values, null, indent).replaceAll('\n', newline) + end;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
