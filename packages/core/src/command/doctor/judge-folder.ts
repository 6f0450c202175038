// The config, the control sockets and the embedded store of this folder: pure functions of facts.
import { basename } from 'node:path';
import { bytes } from '../view/units.js';
import type { ConfigFacts, ControlFacts, StoreFacts } from './facts.js';
import { type Finding, findings } from './finding.js';

export function judgeConfig({ file, faults, apps }: ConfigFacts): Finding[] {
  const names = apps.flatMap(({ name }) => name ?? []);
  const of = names.length === 0 ? '' : `: ${names.join(', ')}`;
  const ok = file === undefined ? 'none in this folder' : `${basename(file)}${of}`;
  return findings(
    'config',
    ok,
    faults.map((fault) => [
      'error',
      fault.replace(/\.$/, ''),
      'change it: muster start refuses it',
    ]),
  );
}

/** Bytes of the path of a socket, on every system. */
const MAX_PATH = 103;

export function judgeControl(control: ControlFacts): Finding[] {
  const { folders, refused, usable, stale, longestPath } = control;
  return findings('control', `sockets in ${usable}`, [
    usable === undefined && [
      'error',
      `no folder for control sockets can be used (${folders.join(', ')}): muster status, reload and stop will find nothing`,
      'set MUSTER_RUNTIME_DIR to a folder that only this user can write to',
    ],
    ...refused.map(
      ({ folder, fault }) =>
        [
          'warning',
          `${folder} is not used: ${fault}`,
          'remove it, or give it to this user with mode 0700',
        ] as const,
    ),
    longestPath > MAX_PATH && [
      'error',
      `the path of a socket there has up to ${longestPath} bytes, and may have ${MAX_PATH}`,
      'set MUSTER_RUNTIME_DIR to a shorter folder',
    ],
    stale.length > 0 && [
      'warning',
      `nobody listens on ${stale.join(', ')}: the primary was killed`,
      'the next start there removes it; look into the log of the one that died',
    ],
  ]);
}

/** File systems on which memory maps of several processes are not one. Sources: linux/magic.h, statfs(2). */
const REMOTE: Readonly<Record<number, string>> = {
  26985: 'NFS',
  20859: 'SMB',
  4283649346: 'CIFS',
  4266872130: 'SMB2',
  16914839: '9p',
  12805120: 'Ceph',
};
const TMPFS = 0x01021994;
const OVERLAY = 0x794c7630;
/** Bytes that should be free: a store takes up to 1 GiB by default. */
const LITTLE = 256 * 2 ** 20;

export function judgeStore(store: StoreFacts): Finding[] {
  const { path, exists, uid, ownUid, mode, fileSystem, freeBytes } = store;
  const remote = REMOTE[fileSystem];
  const isOthers = exists && uid !== ownUid;
  return findings(
    'store',
    `${path}${exists ? `, ${bytes(store.bytes)}` : ' (not made yet)'}, ${bytes(freeBytes)} free`,
    [
      store.fault !== undefined && [
        'error',
        `the data file of ${path} cannot be used: ${store.fault}`,
        'copy it away: the next start sets it aside, and begins with an empty store; muster store restore brings a backup back',
      ],
      remote !== undefined && [
        'error',
        `${path} is on ${remote}, where processes do not see each other's writes to mapped files`,
        'put it on a local disk (MUSTER_STORE_URL=lmdb:/var/lib/app), or use Redis',
      ],
      isOthers && [
        'warning',
        `${path} belongs to the user with id ${uid}, and was not looked into`,
        'run muster doctor as the user that runs the app',
      ],
      !isOthers &&
        !store.canWrite && [
          'error',
          `${path} cannot be ${exists ? 'written to' : 'made'} by this user`,
          'change the owner of the folder, or set MUSTER_STORE_URL=lmdb: to another one',
        ],
      exists &&
        (mode & 0o077) !== 0 && [
          'warning',
          `${path} is open to other users (mode ${(mode & 0o777).toString(8)}), with sessions and all else`,
          `chmod 700 ${path}`,
        ],
      freeBytes < LITTLE && [
        freeBytes < 2 ** 20 ? 'error' : 'warning',
        `only ${bytes(freeBytes)} are free where ${path} is: a full disk is MUSTER_STORE_FULL`,
        'free some, or put the store elsewhere (MUSTER_STORE_URL)',
      ],
      fileSystem === TMPFS && [
        'warning',
        `${path} is in memory (tmpfs, ${bytes(store.totalBytes)} in all), and gone when the ${store.inContainer ? 'container' : 'machine'} stops`,
        store.inContainer
          ? 'mount a volume, or give /dev/shm more with --shm-size'
          : 'put it on a disk',
      ],
      store.inContainer &&
        fileSystem === OVERLAY && [
          'warning',
          `${path} is in the container itself, and gone with it`,
          'mount a volume there',
        ],
      store.setAside !== undefined && [
        'warning',
        `a damaged file was set aside as ${store.setAside}`,
        'keep it if its data matters, else remove it',
      ],
    ],
  );
}
