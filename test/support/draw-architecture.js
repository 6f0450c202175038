// Draws the packages and their rooms from the imports of the sources, as Mermaid, between two markers of ARCHITECTURE.md.
// Run it, and it writes the page anew.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PACKAGES, sourceImports } from './check-imports.js';

const root = join(import.meta.dirname, '../..');
const page = join(root, 'ARCHITECTURE.md');
const MARKED = /(<!-- drawn by [^>]*-->\n)[\s\S]*?(<!-- end of the drawing -->)/;

/** @returns {Promise<{ current: string, drawn: string }>} the page as it is, and as it should be */
export async function drawArchitecture() {
  const current = await readFile(page, 'utf8');
  const drawing = draw(await sourceImports(join(root, 'packages')));
  return {
    current,
    drawn: current.replace(MARKED, (_, start, end) => `${start}\n${drawing}\n${end}`),
  };
}

/**
 * Rooms without their doors (`index.ts`), which import from everywhere.
 *
 * @param {Map<string, string[]>} files each with what it imports: files, and packages as `@muster/bus`
 */
function draw(files) {
  const packages = Object.keys(PACKAGES);
  const inRooms = new Map([...files].filter(([file]) => !file.endsWith('/index.ts')));
  const between = arrows(files, (file) => {
    const name = /^(?:@muster\/)?(\w+)/.exec(file)?.[1];
    return name !== undefined && packages.includes(name) ? name : undefined;
  });
  const rooms = packages.map((name) => {
    const own = arrows(inRooms, (file) =>
      /^(\w+)\/src\/([\w-]+)\/./.exec(file)?.slice(1, 3).join('/'),
    );
    const inside = new Map([...own].filter(([room]) => room.startsWith(`${name}/`)));
    return inside.size > 1 ? `The rooms of \`${name}\`:\n\n${mermaid(inside)}` : '';
  });
  return [`The packages:\n\n${mermaid(between)}`, ...rooms].filter(Boolean).join('\n');
}

/**
 * @param {Map<string, string[]>} files
 * @param {(file: string) => string | undefined} placeOf
 * @returns {Map<string, Set<string>>} each place with those that its files import from
 */
function arrows(files, placeOf) {
  /** @type {Map<string, Set<string>>} */
  const places = new Map();
  for (const [file, imports] of files) {
    const from = placeOf(file);
    if (from === undefined) continue;
    const targets = places.get(from) ?? new Set();
    places.set(from, targets);
    for (const imported of imports) {
      const to = placeOf(imported);
      if (to !== undefined && to !== from) targets.add(to);
    }
  }
  return places;
}

/**
 * Without the arrows that follow from two others. Places that import each other, on whatever way, keep theirs.
 *
 * @param {Map<string, Set<string>>} places
 */
function mermaid(places) {
  const reached = new Map([...places.keys()].map((from) => [from, reachedFrom(from, places)]));
  /** @param {string} from @param {string} to */
  const reaches = (from, to) => reached.get(from)?.has(to) ?? false;
  /** @param {string} from @param {string} to */
  const isAbove = (from, to) => reaches(from, to) && !reaches(to, from);
  const lines = [...places].flatMap(([from, targets]) => {
    const follows = (/** @type {string} */ to) =>
      isAbove(from, to) && [...targets].some((it) => isAbove(from, it) && isAbove(it, to));
    return [...targets].filter((to) => !follows(to)).map((to) => `  ${from} --> ${to}`);
  });
  const alone = [...places.keys()].filter(
    (it) => !lines.some((line) => line.includes(`  ${it} `) || line.endsWith(` ${it}`)),
  );
  return [
    '```mermaid',
    'graph TD',
    ...alone.sort().map((it) => `  ${it}`),
    ...lines.sort(),
    '```',
    '',
  ].join('\n');
}

/**
 * @param {string} from
 * @param {Map<string, Set<string>>} places
 */
function reachedFrom(from, places) {
  /** @type {Set<string>} */
  const reached = new Set();
  const next = [from];
  for (let place = next.pop(); place !== undefined; place = next.pop()) {
    for (const target of places.get(place) ?? []) {
      if (reached.has(target)) continue;
      reached.add(target);
      next.push(target);
    }
  }
  return reached;
}

if (process.argv[1] === import.meta.filename)
  await writeFile(page, (await drawArchitecture()).drawn);
