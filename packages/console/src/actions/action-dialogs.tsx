// The dialogs of the actions, one of which is open at a time.
import { useSignal } from '@preact/signals';
import { model } from '../model/console.js';
import { Choice } from '../parts/choice.js';
import { shownLine } from '../text/foreign-text.js';
import { counted } from '../text/units.js';
import { Confirm } from './confirm.js';
import { notify } from './notices.js';
import { openAction } from './open-dialog.js';
import { act, downloadProfile } from './operations.js';

export function ActionDialogs() {
  const open = openAction.value;
  if (!open) return null;
  if (open.kind === 'reload') return <ReloadDialog />;
  if (open.kind === 'scale') return <ScaleDialog />;
  if (open.kind === 'stop') return <StopDialog />;
  if (open.kind === 'restart') return <RestartDialog slot={open.slot} />;
  return <ProfileDialog slot={open.slot} />;
}

function ReloadDialog() {
  const role = useSignal('');
  const roles = rolesNow();
  const run = () => act('reload', role.value === '' ? {} : { role: role.value }, 'Reload');
  return (
    <Confirm title="Reload the workers?" verb="Reload" run={run}>
      <p>
        Every worker is replaced by a new one that runs the code as it is on disk now. The first is
        watched for a while, and an old worker leaves when its successor serves: no request is
        dropped.
      </p>
      {roles.length > 1 && (
        <Choice
          label="Role"
          value={role.value}
          choices={[['', 'all roles'], ...choicesOf(roles)]}
          choose={(name) => (role.value = name)}
        />
      )}
    </Confirm>
  );
}

function ScaleDialog() {
  const roles = rolesNow();
  const role = useSignal(roles[0]?.role ?? '');
  const workers = useSignal(String(roles[0]?.workers ?? 1));
  const before = roles.find((one) => one.role === role.value)?.workers ?? 0;
  const after = Number(workers.value);
  const run = () =>
    act(
      'scale',
      { workers: after, ...(roles.length > 1 && { role: role.value }) },
      `Scale to ${counted(after, 'worker')}`,
    );
  const choose = (name: string) => {
    role.value = name;
    workers.value = String(roles.find((one) => one.role === name)?.workers ?? 1);
  };
  return (
    <Confirm title="Scale" verb="Scale" run={run}>
      {roles.length > 1 && (
        <Choice label="Role" value={role.value} choices={choicesOf(roles)} choose={choose} />
      )}
      <label>
        Workers
        <input
          type="number"
          min={1}
          max={1024}
          step={1}
          required
          value={workers.value}
          onInput={(event) => (workers.value = event.currentTarget.value)}
        />
      </label>
      <p>{scaleText(before, after)}</p>
    </Confirm>
  );
}

function scaleText(before: number, after: number): string {
  if (!Number.isInteger(after) || after < 1) return 'A role has at least one worker.';
  if (after === before) return `There are ${counted(before, 'worker')} now.`;
  if (after > before) return `${counted(after - before, 'worker')} will be started.`;
  return `${counted(before - after, 'worker')} will finish what it accepted, and leave.`.replace(
    'workers will finish what it',
    'workers will finish what they',
  );
}

function StopDialog() {
  const run = () => act('stop', {}, 'Stop');
  return (
    <Confirm title="Stop the cluster?" verb="Stop the cluster" isDanger run={run}>
      <p>
        All workers finish what they accepted, and leave. Nothing serves after that, and this page
        loses its connection. Only who can start programs on the machine can start the cluster
        again.
      </p>
    </Confirm>
  );
}

function RestartDialog({ slot }: { slot: number }) {
  const run = () => act('restart', { slot }, `Restart of slot ${slot}`);
  return (
    <Confirm title={`Restart slot ${slot}?`} verb="Restart" run={run}>
      <p>
        A new worker is started in this slot. The one that is there leaves when the new one serves.
      </p>
    </Confirm>
  );
}

function ProfileDialog({ slot }: { slot: number }) {
  const seconds = useSignal('10');
  const run = async () => {
    await downloadProfile(slot, Number(seconds.value) * 1_000);
    notify('info', `The profile of slot ${slot} is downloaded.`);
  };
  return (
    <Confirm
      title={`Profile slot ${slot}`}
      verb="Profile"
      busy={`Profiling for ${seconds.value} s…`}
      run={run}
    >
      <p>
        The worker records where its processor time goes, and serves on meanwhile. Open the file in
        the Performance panel of Chrome's developer tools, or in VS Code.
      </p>
      <label>
        Seconds
        <input
          type="number"
          min={1}
          max={60}
          step={1}
          required
          value={seconds.value}
          onInput={(event) => (seconds.value = event.currentTarget.value)}
        />
      </label>
    </Confirm>
  );
}

function choicesOf(roles: ReturnType<typeof rolesNow>) {
  return roles.map(({ role }) => [role, shownLine(role)] as const);
}

function rolesNow() {
  return model.status.value?.roles ?? [];
}
