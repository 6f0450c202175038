// What of a package changes when it is packed: npm shows its README without the repository, so relative links lead nowhere.
import { join } from 'node:path/posix';

/** @typedef {{ name: string, version: string, [field: string]: unknown }} Manifest */

/**
 * A package's README with links that work anywhere: to the tag of this version in the repository, and from package to
 * package by way of npm. Where the repository has no address, the text says the path of the page instead.
 *
 * @param {string} text
 * @param {Manifest} manifest
 * @param {string} [repository] as `repository.url` of a package.json has it
 */
export function publishedReadme(text, { name, version }, repository) {
  const folder = join('packages', name.replace('@muster/', ''));
  const base = repository && `${webAddressOf(repository)}/blob/v${version}`;
  return text.replace(
    /\[([^\]]+)\]\((?![a-z]+:|#)([^)#\s]+)(#[^)\s]+)?\)/g,
    (_, shown, path, anchor = '') => {
      const target = join(folder, path);
      const other = /^packages\/(\w+)(\/README\.md)?$/.exec(target)?.[1];
      if (other) return `[${shown}](https://www.npmjs.com/package/@muster/${other}${anchor})`;
      if (base) return `[${shown}](${base}/${target}${anchor})`;
      return shown === target
        ? `\`${target}\` of the repository`
        : `${shown} (\`${target}\` of the repository)`;
    },
  );
}

/**
 * A package's manifest with what npm shows beside its README.
 *
 * @param {Manifest} manifest
 * @param {string} [repository] as `repository.url` of a package.json has it
 */
export function publishedManifest(manifest, repository) {
  if (!repository) return manifest;
  const directory = join('packages', manifest.name.replace('@muster/', ''));
  const address = webAddressOf(repository);
  return {
    ...manifest,
    repository: { type: 'git', url: repository, directory },
    homepage: `${address}#readme`,
    bugs: `${address}/issues`,
  };
}

/**
 * @param {string} repository such as `git+https://example.com/a/b.git`, `git@example.com:a/b.git` or `github:a/b`
 * @returns {string} such as `https://example.com/a/b`
 */
export function webAddressOf(repository) {
  return repository
    .replace(/^git\+/, '')
    .replace(/^github:/, 'https://github.com/')
    .replace(/^(?:ssh:\/\/)?git@([^:/]+)[:/]/, 'https://$1/')
    .replace(/^git:/, 'https:')
    .replace(/\.git$/, '');
}
