// The code that the page shows: the regions of files, read from the files that run.
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';

/** @typedef {{ file: string, line: number, text: string }} Region `line`: of the file, where `text` begins */

/**
 * What stands between `//#region name` and `//#endregion`, by name.
 *
 * @param {readonly string[]} files beside this one
 */
export async function readRegions(files) {
  /** @type {Record<string, Region>} */
  const regions = {};
  for (const file of files) {
    const source = await readFile(new URL(file, import.meta.url), 'utf8');
    for (const { index, 0: all, 1: name = '', 2: text = '' } of source.matchAll(
      /^\/\/#region (\S+)\n([\s\S]*?)\n\/\/#endregion$/gm,
    )) {
      const before = source.slice(0, index + all.indexOf(text, name.length));
      regions[name] = { file: basename(file), line: before.split('\n').length, text };
    }
  }
  return regions;
}
