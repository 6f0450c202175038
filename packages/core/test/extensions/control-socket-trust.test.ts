// Whom to trust with a control socket, as a table.
import { constants } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  folderFault,
  lockFault,
  placeFault,
  socketFault,
} from '../../dist/extensions/control/socket/trust.js';

const { S_IFDIR, S_IFIFO, S_IFLNK, S_IFREG, S_IFSOCK } = constants;
const ME = 1_000;
const facts = (mode: number, uid = ME, gid = uid) => ({ mode, uid, gid });

describe('a folder for control sockets', () => {
  it.each([
    { what: 'my own', of: facts(S_IFDIR | 0o700), fault: undefined },
    { what: 'my own, that others may look into', of: facts(S_IFDIR | 0o755), fault: undefined },
    { what: 'my group’s, which is mine alone', of: facts(S_IFDIR | 0o770), fault: undefined },
    { what: 'another group’s', of: facts(S_IFDIR | 0o770, ME, 50), fault: /others may write/ },
    { what: 'another group’s to read', of: facts(S_IFDIR | 0o750, ME, 50), fault: undefined },
    { what: 'everybody’s', of: facts(S_IFDIR | 0o777), fault: /others may write/ },
    { what: 'everybody’s, sticky', of: facts(S_IFDIR | 0o1777), fault: /others may write/ },
    { what: 'root’s', of: facts(S_IFDIR | 0o700, 0), fault: /user with id 0$/ },
    { what: 'somebody’s', of: facts(S_IFDIR | 0o700, 666), fault: /user with id 666$/ },
    { what: 'a link', of: facts(S_IFLNK | 0o777), fault: /symbolic link/ },
    { what: 'a file', of: facts(S_IFREG | 0o600), fault: /not a folder/ },
  ])('that is $what', ({ of, fault }) => {
    expect(folderFault(of, ME) ?? '').toMatch(fault ?? /^$/);
  });

  it.each([
    { what: 'root’s', of: facts(S_IFDIR | 0o755, 0), fault: undefined },
    { what: 'mine', of: facts(S_IFDIR | 0o700), fault: undefined },
    { what: 'the temp folder', of: facts(S_IFDIR | 0o1777, 0), fault: undefined },
    { what: 'the temp folder without its bit', of: facts(S_IFDIR | 0o777, 0), fault: /replace/ },
    { what: 'somebody’s', of: facts(S_IFDIR | 0o755, 666), fault: /user with id 666$/ },
    // A namespace of users shows root of the machine as somebody else.
    { what: 'sticky', of: facts(S_IFDIR | 0o1777, 65_534), fault: undefined },
    { what: 'a file', of: facts(S_IFREG | 0o644), fault: /not a folder/ },
  ])('in a folder that is $what', ({ of, fault }) => {
    expect(placeFault(of, ME) ?? '').toMatch(fault ?? /^$/);
  });
});

it.each([
  { of: facts(S_IFSOCK | 0o600), fault: undefined },
  { of: facts(S_IFSOCK | 0o777, 666), fault: /user with id 666$/ },
  { of: facts(S_IFSOCK | 0o777, 0), fault: /user with id 0$/ },
  { of: facts(S_IFREG | 0o600), fault: /not a socket/ },
  { of: facts(S_IFLNK | 0o777), fault: /not a socket/ },
])('a socket: $of', ({ of, fault }) => {
  expect(socketFault(of, ME) ?? '').toMatch(fault ?? /^$/);
});

it.each([
  { of: facts(S_IFREG | 0o600), fault: undefined },
  { of: facts(S_IFREG | 0o000), fault: undefined },
  { of: facts(S_IFREG | 0o666, 666), fault: /user with id 666$/ },
  { of: facts(S_IFIFO | 0o600), fault: /not a lock/ },
  { of: facts(S_IFDIR | 0o700), fault: /not a lock/ },
  { of: facts(S_IFLNK | 0o777), fault: /not a lock/ },
])('a lock: $of', ({ of, fault }) => {
  expect(lockFault(of, ME) ?? '').toMatch(fault ?? /^$/);
});
