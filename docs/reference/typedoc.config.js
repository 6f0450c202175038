// The reference: every public door of every package, from its source. `pnpm docs:reference` writes it to where the site has it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Converter } from 'typedoc';

const packages = join(import.meta.dirname, '../../packages');

/** Through these only packages of Muster go. */
const INTERNAL = new Set([
  ...['assign-member', 'member-env'].map((door) => `@muster/bus/${door}`),
  '@muster/core/control',
  ...['options', 'own-files', 'thrown', 'timers'].map((door) => `@muster/codec/${door}`),
]);

/** @returns {{ name: string, source: string }[]} such as `@muster/store/testing`, and the module that is behind it */
function publicDoors() {
  return readdirSync(packages).flatMap((folder) => {
    const { name, exports } = JSON.parse(
      readFileSync(join(packages, folder, 'package.json'), 'utf8'),
    );
    return Object.entries(exports)
      .filter(([, { types }]) => types)
      .map(([door, { types }]) => ({
        name: join(name, door),
        source: join(packages, folder, types.replace(/^\.\/dist/, 'src').replace('.d.ts', '.ts')),
      }))
      .filter((door) => !INTERNAL.has(door.name));
  });
}

const doors = publicDoors();

/** Calls each module what an import calls it. @param {import('typedoc').Application} app */
function nameDoors(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children ?? []) {
      const file = module.sources?.[0]?.fullFileName;
      const door = doors.find(({ source }) => source === file);
      if (door) module.name = door.name;
    }
  });
}

/** @type {Partial<import('typedoc').TypeDocOptions>} */
export default {
  name: 'Muster',
  entryPoints: doors.map(({ source }) => source),
  plugin: [nameDoors],
  tsconfig: join(import.meta.dirname, 'tsconfig.json'),
  out: join(import.meta.dirname, '../public/reference'),
  readme: 'none',
  excludePrivate: true,
  hideGenerator: true,
  // A name such as Socket.IO is no address.
  markdownItLoader: ({ linkify }) => linkify.set({ fuzzyLink: false }),
  navigationLinks: { 'Muster, all docs': '/' },
  // tsc checks the types, and is of another version.
  skipErrorChecking: true,
  treatWarningsAsErrors: true,
  validation: { invalidLink: true, invalidPath: true, notExported: false, notDocumented: false },
};
