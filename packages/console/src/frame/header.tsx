// What cluster this is, how it is, what it does at the moment, and what can be done with it.
import { ActionButton } from '../actions/action-button.js';
import { connection, model, reconnect } from '../model/console.js';
import { StateLabel } from '../parts/state-label.js';
import { shownTheme, switchTheme } from '../style/theme.js';
import { shownLine } from '../text/foreign-text.js';
import { duration, moment } from '../text/units.js';

export function Header() {
  const [hello, status] = [model.hello.value, model.status.value];
  if (!hello || !status) return null;
  const isAway = isOld();
  const ready = status.roles.reduce((sum, role) => sum + role.ready, 0);
  const wanted = status.roles.reduce((sum, role) => sum + role.workers, 0);
  return (
    <header class="page-head">
      <h1 title={shownLine(hello.name)}>{shownLine(hello.name, 60)}</h1>
      <StateLabel state={isAway ? 'unknown' : status.state} />
      <p class="facts">
        {isAway && (
          <span>
            at {moment(status.receivedAt, Date.now())}: {status.state}
          </span>
        )}
        <span>
          {ready} of {wanted} ready
        </span>
        {!isAway && (
          <span>
            up <Uptime />
          </span>
        )}
        <span class="rank-2">pid {status.pid}</span>
        <span class="rank-2">Muster {shownLine(hello.version, 30)}</span>
      </p>
      {!isAway && <Operation />}
      <div class="head-end">
        <ConnectionLabel />
        {hello.readOnly && <span class="tag">read-only</span>}
        <div class="buttons">
          <ActionButton action={{ kind: 'reload' }}>Reload</ActionButton>
          <ActionButton action={{ kind: 'scale' }}>Scale</ActionButton>
          <ActionButton action={{ kind: 'stop' }} kind="danger">
            Stop
          </ActionButton>
        </div>
        <ThemeSwitch />
      </div>
    </header>
  );
}

/** Whether what the page knows is what it knew before it lost the cluster. */
function isOld(): boolean {
  return ['reconnecting', 'lost'].includes(connection.value.state);
}

function Uptime() {
  const status = model.status.value;
  // Counted on between two statuses.
  model.tick.value;
  return <>{status && duration(status.uptimeMs + Date.now() - status.receivedAt)}</>;
}

function Operation() {
  const status = model.status.value;
  const { operation, progress } = status ?? {};
  return (
    <div class="operation" role="status">
      {operation && (
        <>
          <span>
            {operation}
            {progress && ` ${progress.done} of ${progress.total}`}
          </span>
          <progress
            aria-label={`Progress of the ${operation}`}
            {...(progress && { value: progress.done, max: Math.max(1, progress.total) })}
          />
        </>
      )}
    </div>
  );
}

function ConnectionLabel() {
  const { state, reason } = connection.value;
  return (
    <span class="connection">
      <span role="status">
        <StateLabel state={state} title={reason && shownLine(reason)} />
      </span>
      {isOld() && (
        <button type="button" onClick={reconnect}>
          Try now
        </button>
      )}
    </span>
  );
}

function ThemeSwitch() {
  const isDark = shownTheme.value === 'dark';
  return (
    <button
      type="button"
      class="icon"
      aria-pressed={isDark}
      aria-label="Dark colours"
      title={isDark ? 'Light colours' : 'Dark colours'}
      onClick={switchTheme}
    >
      <svg viewBox="0 0 16 16" aria-hidden="true">
        {isDark ? (
          <path d="M8 5a3 3 0 1 0 0 6a3 3 0 0 0 0-6M8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M3.4 12.6l.7-.7M11.9 4.1l.7-.7" />
        ) : (
          <path d="M13 9.5A5.5 5.5 0 1 1 6.5 3a4.5 4.5 0 0 0 6.5 6.5z" />
        )}
      </svg>
    </button>
  );
}
