// `pnpm release` checks, packs and publishes all packages, and tags the commit; with `--dry-run` it does all of that but
// the publishing and the tag, and prints what they would be.
import { execFileSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { packAll } from './pack.js';
import { packedFaults } from './packed-faults.js';
import { objectionsTo, tarballsIn } from './release-plan.js';

const { values } = parseArgs({ options: { 'dry-run': { type: 'boolean', default: false } } });
const isDry = values['dry-run'];

const folder = await packAll();
try {
  const tarballs = await tarballsIn(folder);
  for (const { name, version, files, bytes } of tarballs) {
    console.log(`${name} ${version}: ${files.length} files, ${Math.ceil(bytes / 1024)} KiB packed`);
  }
  const tag = `v${tarballs[0]?.version}`;
  const objections = [
    ...(await objectionsTo(tarballs)),
    ...(await packedFaults(tarballs.map(({ file }) => file))),
  ];
  if (output('git', 'status', '--porcelain') !== '') {
    objections.push('the working tree has changes that are not committed');
  }
  if (output('git', 'tag', '--list', tag) !== '')
    objections.push(`the tag ${tag} is there already`);
  for (const objection of objections) console.error(`not to be released: ${objection}`);
  if (objections.length > 0) process.exitCode = 1;
  else if (isDry) console.log(`would publish these, and tag this commit ${tag}`);
  else {
    for (const { file } of tarballs) call('npm', 'publish', file, '--access', 'public');
    call('git', 'tag', tag);
    console.log(`published; now \`git push origin ${tag}\``);
  }
} finally {
  await rm(folder, { recursive: true });
}

/** @param {string} command @param {string[]} args */
function output(command, ...args) {
  return execFileSync(command, args, { encoding: 'utf8' }).trim();
}

/** @param {string} command @param {string[]} args */
function call(command, ...args) {
  execFileSync(command, args, { stdio: 'inherit' });
}
