/**
 * A unit of systemd for `muster start`: a pure function. docs/guide/deploying.md prints one, and a test compares them.
 *
 * Sources: systemd.unit(5), systemd.service(5), systemd.exec(5), systemd.kill(5).
 */

export interface UnitSettings {
  /** Of the service, and of the cluster. */
  readonly name: string;
  /** Whether it is for the manager of one user, and not of the system. */
  readonly isOfUser: boolean;
  /** Who runs it; `undefined` if that is for its reader to say. */
  readonly user: string | undefined;
  readonly folder: string;
  /** Whether `folder` leads through a link, which a reload is to follow. */
  readonly isLinked: boolean;
  /** Absolute paths. */
  readonly node: string;
  readonly muster: string;
  /** What follows `muster start`. */
  readonly args: readonly string[];
  /** Names the cluster for the other commands: `--name app`. */
  readonly target: readonly string[];
  readonly drainTimeoutMs: number;
}

/** Seconds after the drain has to be over: output, child processes and the primary itself. */
const STOP_REST_S = 15;

export function unitText(settings: UnitSettings): string {
  const { name, isOfUser, folder, isLinked, drainTimeoutMs } = settings;
  const { node, muster, args, target } = settings;
  const stopS = Math.ceil(drainTimeoutMs / 1_000) + STOP_REST_S;
  return `# ${isOfUser ? '~/.config/systemd/user' : '/etc/systemd/system'}/${name}.service
[Unit]
Description=${name}
${ordering(isOfUser)}# A database that is away for an hour must not leave the service stopped.
StartLimitIntervalSec=0

[Service]
Type=notify
# The messages come from systemd-notify, which the cluster starts.
NotifyAccess=all
${identity(settings)}WorkingDirectory=${literal(folder)}
${isLinked ? `# The folder as it is named here, so that a reload follows the link.\n${variable('PWD', folder)}\n` : ''}Environment=NODE_ENV=production
ExecStart=${command([node, muster, 'start', ...args])}
# Waits until the reload is done, and fails if it was aborted.
ExecReload=${command([node, muster, 'reload', ...target])}
Restart=always
RestartSec=2
# ready.timeoutMs limits a start, and reload.watchMs and drain.timeoutMs a reload.
TimeoutStartSec=infinity
# Longer than drain.timeoutMs.
TimeoutStopSec=${stopS}
# SIGTERM goes to the primary alone, which drains its workers.
KillMode=mixed
WatchdogSec=30
# A worker that the kernel kills for its memory is replaced; the others go on.
OOMPolicy=continue
LimitNOFILE=65536
${isOfUser ? '' : ofSystem(name)}NoNewPrivileges=yes

[Install]
WantedBy=${isOfUser ? 'default.target' : 'multi-user.target'}
`;
}

/** The manager of a user knows nothing of the units of the system. */
function ordering(isOfUser: boolean): string {
  return isOfUser ? '' : 'After=network-online.target\nWants=network-online.target\n';
}

function identity({ isOfUser, user }: UnitSettings): string {
  if (isOfUser) return '';
  return user === undefined
    ? '# It would run as root: name another user.\n#User=\n'
    : `User=${user}\n`;
}

/** The folder of the control socket, and what a server has no use for. JavaScript needs memory that is written and run. */
function ofSystem(name: string): string {
  return `# Where the control socket is: MUSTER_RUNTIME_DIR=/run/${name} muster status
RuntimeDirectory=${name}
RuntimeDirectoryMode=0700
${variable('MUSTER_RUNTIME_DIR', `/run/${name}`)}
ProtectSystem=full
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
RestrictSUIDSGID=yes
RestrictRealtime=yes
LockPersonality=yes
`;
}

function variable(name: string, value: string): string {
  return `Environment=${quoted(literal(`${name}=${value}`))}`;
}

/** A "$" in the path of the program itself is one already. */
function command([program = '', ...args]: readonly string[]): string {
  const words = [literal(program), ...args.map((one) => literal(one).replaceAll('$', '$$$$'))];
  return words.map(quoted).join(' ');
}

/** "%" begins a specifier. */
function literal(text: string): string {
  return text.replaceAll('%', '%%');
}

function quoted(word: string): string {
  if (/^[^\s"'\\;]+$/.test(word)) return word;
  return `"${word.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
