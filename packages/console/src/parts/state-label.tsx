// The state of a worker or of the cluster: a word, and a dot whose shape tells it apart without colour.

const LEVELS: Readonly<Record<string, string>> = {
  ready: 'ok',
  running: 'ok',
  live: 'ok',
  starting: 'busy',
  draining: 'busy',
  connecting: 'busy',
  waiting: 'warn',
  stopping: 'warn',
  reconnecting: 'warn',
  lost: 'error',
  stopped: 'off',
  ended: 'off',
};

export function StateLabel({ state, title }: { state: string; title?: string | undefined }) {
  return (
    <span class={`state is-${LEVELS[state] ?? 'off'}`} title={title}>
      {state}
    </span>
  );
}
