// Facts of the folder of an embedded store. It is not opened: that would make files, or set a damaged one aside.
import { constants } from 'node:fs';
import { access, readdir, readFile, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { storeDamage } from '@muster/store/care';
import type { StoreFacts } from './facts.js';

export async function storeFacts(path: string): Promise<StoreFacts> {
  const there = await nearest(path);
  const exists = there === path;
  const [stats, system, files] = await Promise.all([
    stat(there),
    statfs(there),
    exists ? readdir(path).catch(() => []) : [],
  ]);
  const ownUid = process.getuid?.() ?? stats.uid;
  const canWrite = await access(there, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  const data = await stat(join(path, 'data.mdb')).catch(() => undefined);
  const canRead = data !== undefined && stats.uid === ownUid;
  const aside = files.find((file) => file === 'data.mdb.aside');
  return {
    ...{ path, exists, canWrite, ownUid, uid: stats.uid, mode: stats.mode },
    fileSystem: system.type >>> 0,
    freeBytes: system.bavail * system.bsize,
    totalBytes: system.blocks * system.bsize,
    bytes: data?.size ?? 0,
    setAside: aside && join(path, aside),
    inContainer: await isInContainer(),
    fault: canRead ? faultOf(path) : undefined,
  };
}

/** The folder, or the nearest one above that exists. */
async function nearest(path: string): Promise<string> {
  const exists = await stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  return exists || path === dirname(path) ? path : nearest(dirname(path));
}

function faultOf(path: string): string | undefined {
  try {
    return storeDamage(path);
  } catch (error) {
    return (error as Error).message;
  }
}

/** Docker and Podman leave a file; others a cgroup with their name. */
async function isInContainer(): Promise<boolean> {
  for (const mark of ['/.dockerenv', '/run/.containerenv']) {
    if (
      await access(mark).then(
        () => true,
        () => false,
      )
    )
      return true;
  }
  const groups = await readFile('/proc/1/cgroup', 'utf8').catch(() => '');
  return /docker|kubepods|containerd|lxc/.test(groups);
}
