// A service manager to the extent that sd_notify(3) is about: a Unix datagram socket, and what arrives on it. In Perl, since
// Node has no such sockets, and every Debian and Ubuntu has Perl.
import { spawn } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { env } from 'node:process';
import { Program } from './program.js';
import { which } from './which.js';

/** Prints each message in a line, with its variables separated by "|". The descriptor of a BARRIER=1 is closed unread. */
const RECEIVER = `
use strict; use Socket; $| = 1;
my $name = $ARGV[0] =~ s/^@/\\0/r;
socket(my $socket, PF_UNIX, SOCK_DGRAM, 0) or die "socket: $!";
bind($socket, pack_sockaddr_un($name)) or die "bind: $!";
print "listening\\n";
while (defined recv($socket, my $message, 65536, 0)) { $message =~ s/\\n/|/g; print "$message\\n" }
`;

/** What systemd-notify does, for a machine without it. */
const SENDER = `#!/usr/bin/perl
use strict; use Socket;
my $name = $ENV{NOTIFY_SOCKET} =~ s/^@/\\0/r;
socket(my $socket, PF_UNIX, SOCK_DGRAM, 0) or die "socket: $!";
defined send($socket, join("\\n", @ARGV), 0, pack_sockaddr_un($name)) or die "send: $!";
`;

/**
 * @param {string} address of the socket: a path, or an abstract one (`@name`)
 * @returns {Promise<Program>} whose output has what it is told
 */
export async function startServiceManager(address) {
  const child = spawn('perl', ['-e', RECEIVER, address], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const manager = new Program('the service manager', child);
  await manager.printed(/^listening$/m);
  return manager;
}

/**
 * PATH with a systemd-notify in it: the system's own, or one in `folder`.
 *
 * @param {string} folder
 */
export async function pathWithNotify(folder) {
  if (await which('systemd-notify', env.PATH ?? '')) return env.PATH ?? '';
  console.error(
    'This machine has no systemd-notify: a stand-in of a few lines sends the messages.',
  );
  const path = join(folder, 'systemd-notify');
  await writeFile(path, SENDER);
  await chmod(path, 0o755);
  return `${folder}:${env.PATH}`;
}
