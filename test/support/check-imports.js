// Checks that imports point one way: no file reaches itself through what it imports, types included; packages import only
// what stands below them, and rooms only what they may. Reads the sources of `packages`, or of the folder that is given.
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';

/**
 * Which packages the sources of a package may import.
 *
 * @type {Record<string, string[]>}
 */
export const PACKAGES = {
  codec: [],
  bus: ['codec'],
  store: ['codec'],
  session: ['codec', 'store'],
  queue: ['codec', 'store'],
  machines: ['codec', 'bus', 'store'],
  core: ['codec', 'bus', 'store', 'session', 'queue', 'machines'],
  adapters: ['codec', 'bus', 'store', 'session'],
  testing: ['codec', 'bus', 'store', 'session', 'queue', 'machines', 'core', 'adapters'],
  // The types of what the admin port answers, and nothing that runs.
  console: ['core'],
};

const ENGINES = ['embedded', 'redis', 'memory'].map((room) => `store/src/${room}/`);
/** From the lowest to the highest. */
const STORE_ROOMS = [
  'api',
  'entries',
  'near',
  'locks',
  'watch',
  'values',
  'sorted-sets',
  'limits',
  'cache',
].map((room) => `store/src/${room}/`);
/** What opens engines, and what stands above that. */
const OPENERS = ['open', 'care', 'cluster', 'index.ts'].map((room) => `store/src/${room}`);
/** Below the frameworks, from the lowest to the highest. */
const SESSION_ROOMS = [
  ...['callbacks', 'secrets', 'expiry', 'procedures', 'formats'],
  ...['options', 'users', 'stored', 'saving'],
];
const FRAMEWORKS = ['express', 'fastify', 'koa', 'neutral'].map((room) => `session/src/${room}/`);

const inCore = (/** @type {string[]} */ ...rooms) => rooms.map((room) => `core/src/${room}`);
/** What both sides of a cluster stand on. */
const SHARED = [
  ...inCore('checks/', 'text/', 'process/', 'channel/'),
  ...inCore(
    'cluster.ts',
    'cluster-extension.ts',
    'cluster-options.ts',
    'hooks.ts',
    'worker-status.ts',
    'errors.ts',
  ),
];
const WORKER_ROOMS = ['app', 'captures', 'servers', 'ready', 'metrics', 'health', 'drain'].map(
  (room) => `core/src/worker/${room}/`,
);
/** From the lowest room to the highest, each of which imports only from those before it. */
const LAYERS = [
  STORE_ROOMS,
  SESSION_ROOMS.map((room) => `session/src/${room}/`),
  ['restart', 'options', 'guard', 'process', 'slot', 'reload', 'status'].map(
    (room) => `core/src/supervisor/${room}/`,
  ),
  WORKER_ROOMS,
  ['line', 'view', 'cluster', 'capture', 'logs', 'config', 'start', 'store', 'top', 'doctor'].map(
    (room) => `core/src/command/${room}/`,
  ),
];

/** Files whose path starts with one of `from` import none whose path starts with one of `never`. */
const ROOMS = [
  { rule: 'engines do not import from what opens them', from: ENGINES, never: OPENERS },
  ...ENGINES.map((engine) => ({
    rule: 'an engine knows no other one',
    from: [engine],
    never: ENGINES.filter((it) => it !== engine),
  })),
  {
    rule: 'features know neither the engines nor what opens them',
    from: STORE_ROOMS,
    never: [...ENGINES, ...OPENERS],
  },
  {
    rule: 'what all frameworks share knows none of them',
    from: [...SESSION_ROOMS, ...['framework.ts', 'shared-sessions.ts', 'store-base.ts']].map(
      (room) => `session/src/${room}`,
    ),
    never: FRAMEWORKS,
  },
  ...FRAMEWORKS.map((framework) => ({
    rule: 'a framework knows no other one',
    from: [framework],
    never: FRAMEWORKS.filter((it) => it !== framework),
  })),
  {
    rule: 'what both sides of a cluster stand on knows neither',
    from: SHARED,
    never: inCore('extensions/', 'supervisor/', 'worker/', 'command/'),
  },
  {
    rule: 'what travels knows nothing of who sends and routes it',
    from: ['bus/src/wire/', 'bus/src/topics/'],
    never: ['client', 'router', 'process'].map((room) => `bus/src/${room}/`),
  },
  {
    rule: 'members and the router know each other by messages alone',
    from: ['bus/src/client/'],
    never: ['bus/src/router/', 'bus/src/process/'],
  },
  {
    rule: 'members and the router know each other by messages alone',
    from: ['bus/src/router/'],
    never: ['bus/src/client/'],
  },
  {
    rule: 'an extension knows nothing of the supervisor',
    from: inCore('extensions/'),
    never: inCore('supervisor/', 'worker/', 'command/'),
  },
  {
    rule: 'the supervisor runs no code of workers',
    from: inCore('supervisor/'),
    never: inCore('worker/', 'command/'),
  },
  {
    // But for primary-on-demand.ts, for workers that start a cluster of their own.
    rule: 'a worker loads no supervisor',
    from: [...inCore('worker/lifecycle.ts', 'worker/main.ts'), ...WORKER_ROOMS],
    never: inCore('supervisor/', 'command/'),
  },
  {
    rule: 'the command knows a cluster by its control socket',
    from: inCore('command/'),
    never: inCore('supervisor/', 'worker/'),
  },
  ...LAYERS.flatMap((rooms) =>
    rooms.map((room, at) => ({
      rule: 'a room imports only from those below it',
      from: [room],
      never: rooms.slice(at + 1),
    })),
  ),
];

/** An import or export at the start of a line, or an `import()` that is not in a comment. */
const IMPORTS = [
  /^(?:import|export)\b[^;'"]*?\bfrom '([^']+)'/gm,
  /^import '([^']+)'/gm,
  /^(?!\s*(?:\*|\/[/*])).*?\bimport\('([^']+)'\)/gm,
];

/**
 * @param {string} folder of packages.
 * @returns {Promise<string[]>} what is wrong, a line each
 */
export async function faultsOfImports(folder) {
  /** @type {string[]} */
  const faults = [];
  const files = await sourceImports(folder);
  for (const [file, imports] of files) {
    const name = file.slice(0, file.indexOf('/'));
    for (const path of imports) {
      const other = /^@muster\/(\w+)/.exec(path)?.[1];
      if (other && other !== name && !PACKAGES[name]?.includes(other)) {
        faults.push(`${file} imports @muster/${other}: ${name} stands below it`);
      }
    }
  }
  for (const [file, imports] of files) {
    for (const { rule, from, never } of ROOMS) {
      if (!from.some((it) => file.startsWith(it))) continue;
      const wrong = imports.filter((path) => never.some((it) => path.startsWith(it)));
      faults.push(...wrong.map((path) => `${file} imports ${path}: ${rule}`));
    }
  }
  return [...faults, ...circlesIn(files).map((circle) => `a circle: ${circle.join(' → ')}`)];
}

/**
 * @param {string} folder of packages.
 * @returns {Promise<Map<string, string[]>>} each source with what it imports: files, and packages by their names
 */
export async function sourceImports(folder) {
  /** @type {Map<string, string[]>} */
  const files = new Map();
  for (const name of Object.keys(PACKAGES)) {
    const paths = await sourcesIn(join(folder, name, 'src'));
    for (const path of paths) {
      const file = relative(folder, path).split(sep).join('/');
      const imports = importsIn(await readFile(path, 'utf8')).map((it) =>
        it.startsWith('.')
          ? relative(folder, sourceOf(join(dirname(path), it), paths))
              .split(sep)
              .join('/')
          : it,
      );
      files.set(file, [...new Set(imports)]);
    }
  }
  return files;
}

/**
 * @param {string} imported such as `…/view.js`
 * @param {string[]} paths of all sources
 */
function sourceOf(imported, paths) {
  const source = imported.replace(/\.js$/, '.ts');
  return paths.includes(`${source}x`) ? `${source}x` : source;
}

/** @param {string} source */
function importsIn(source) {
  return IMPORTS.flatMap((pattern) => [...source.matchAll(pattern)].map(([, path]) => path ?? ''));
}

/** @param {string} folder */
async function sourcesIn(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((it) => it.isFile() && /\.tsx?$/.test(it.name))
    .map((it) => join(it.parentPath, it.name));
}

/**
 * @param {Map<string, string[]>} files each with what it imports.
 * @returns {string[][]} a circle for each import that closes one on the way through the files
 */
function circlesIn(files) {
  /** @type {string[][]} */
  const circles = [];
  /** @type {string[]} */
  const path = [];
  const done = new Set();
  /** @param {string} file */
  const visit = (file) => {
    const start = path.indexOf(file);
    if (start >= 0) circles.push([...path.slice(start), file]);
    if (start >= 0 || done.has(file)) return;
    path.push(file);
    for (const next of files.get(file) ?? []) visit(next);
    path.pop();
    done.add(file);
  };
  for (const file of files.keys()) visit(file);
  return circles;
}

if (process.argv[1] === import.meta.filename) {
  const folder = process.argv[2] ?? join(import.meta.dirname, '../../packages');
  const faults = await faultsOfImports(folder);
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
}
