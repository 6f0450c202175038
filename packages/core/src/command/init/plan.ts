// Decides what `muster init` writes. Pure.
import { formatManifest } from './manifest.js';
import type { Project } from './project.js';
import { GITIGNORE, serverText, tsconfigText } from './templates.js';

/** What the command line says. */
export interface Wish {
  readonly typescript?: boolean;
  readonly esm?: boolean;
  readonly commonjs?: boolean;
}

export interface PlannedFile {
  readonly name: string;
  readonly text: string;
  /** Whether it may be there already: a package.json without code, which gets what it lacks. Any other file stays as it is. */
  readonly replaces: boolean;
}

export interface Plan {
  /** In the order in which they are written. */
  readonly files: readonly PlannedFile[];
  /** Command lines, to be run one after the other. */
  readonly next: readonly string[];
}

type Kind = 'module' | 'commonjs';

export function planInit(project: Project, wish: Wish): Plan {
  const { manifest, isEmpty, hasTsconfig, hasMuster } = project;
  const isOurs = manifest === undefined || isEmpty;
  const ofPackage: Kind = manifest?.values.type === 'module' ? 'module' : 'commonjs';
  const kind = wished(wish) ?? (isOurs ? 'module' : ofPackage);
  const typescript = wish.typescript ?? hasTsconfig;
  // A package has one kind, which is not changed under its code: the ending of a file says another one.
  const prefix = isOurs || kind === ofPackage ? '' : kind === 'module' ? 'm' : 'c';
  const source = `server.${prefix}${typescript ? 'ts' : 'js'}`;
  const program = typescript ? `dist/server.${prefix}js` : source;
  const scripts = {
    ...(typescript && { build: 'tsc' }),
    start: `muster start ${program}`,
    dev: `muster start ${program} --workers 2 --watch`,
  };
  const file = (name: string, text: string, replaces = false) => ({ name, text, replaces });
  return {
    files: [
      ...(isOurs
        ? [file('package.json', manifestText(project, kind, scripts), manifest !== undefined)]
        : []),
      file(source, serverText(kind === 'commonjs' && !typescript)),
      ...(typescript ? [file('tsconfig.json', tsconfigText(source))] : []),
      file('.gitignore', GITIGNORE),
    ],
    next: [
      ...(hasMuster ? [] : ['npm install @muster/core']),
      ...(typescript ? ['npm install --save-dev typescript @types/node'] : []),
      ...(typescript ? [isOurs ? 'npm run build' : 'npx tsc'] : []),
      isOurs ? 'npm start' : `npx @muster/core start ${program}`,
    ],
  };
}

function wished({ esm, commonjs }: Wish): Kind | undefined {
  if (esm) return 'module';
  return commonjs ? 'commonjs' : undefined;
}

/** With all that was in it, in its order: scripts that exist stay. */
function manifestText(project: Project, type: Kind, added: Record<string, string>): string {
  const name = packageName(project.name);
  if (project.manifest === undefined) {
    return formatManifest({ name, private: true, type, scripts: added });
  }
  const { values, layout } = project.manifest;
  const existing = values.scripts as Record<string, string> | undefined;
  const scripts = { ...existing, ...added, ...existing };
  return formatManifest({ ...(!('name' in values) && { name }), ...values, type, scripts }, layout);
}

/** What npm accepts. */
function packageName(folder: string): string {
  const words = folder.toLowerCase().match(/[a-z0-9][a-z0-9._]*/g) ?? ['app'];
  return words.join('-').slice(0, 200);
}
