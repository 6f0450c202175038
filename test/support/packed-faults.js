// What publint and Are the Types Wrong say of packed packages: of what is published, not of what lies here.
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

/** Ours are ES modules alone: how TypeScript looked for modules before there were any is none of our business. */
const OTHER_RESOLUTIONS = ['node10', 'node16-cjs'];

/**
 * @param {readonly string[]} tarballs
 * @returns {Promise<string[]>} a sentence for each fault
 */
export async function packedFaults(tarballs) {
  const faults = [];
  for (const path of tarballs) {
    const data = Uint8Array.from(await readFile(path));
    const { messages, pkg } = await publint({ pack: { tarball: data.buffer }, strict: true });
    faults.push(...messages.map((one) => formatMessage(one, pkg, { color: false }) ?? one.code));
    const types = await checkPackage(createPackageFromTarballData(data));
    // The page of the console, for one, is no module, and so has no types.
    const problems = types.types ? types.problems : [];
    faults.push(
      ...problems.filter(isOurs).map((one) => `${basename(path)}: ${JSON.stringify(one)}`),
    );
  }
  return faults;
}

/** @param {import('@arethetypeswrong/core').Problem} problem */
function isOurs(problem) {
  return !('resolutionKind' in problem && OTHER_RESOLUTIONS.includes(problem.resolutionKind));
}
