// A button that opens the dialog of an action, or says why it cannot.
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { connection, model } from '../model/console.js';
import { type ActionDialog, openAction } from './open-dialog.js';

export function ActionButton({
  action,
  kind,
  children,
}: {
  action: ActionDialog;
  kind?: 'danger';
  children: ComponentChildren;
}) {
  const id = useId();
  const reason = reasonAgainst(action.kind);
  return (
    <>
      <button
        type="button"
        class={kind}
        // It can still be focused, so that its reason is heard.
        aria-disabled={reason !== undefined}
        aria-describedby={reason === undefined ? undefined : id}
        title={reason}
        onClick={() => {
          if (reason === undefined) openAction.value = action;
        }}
      >
        {children}
      </button>
      {reason !== undefined && (
        <span id={id} class="hidden">
          {reason}
        </span>
      )}
    </>
  );
}

function reasonAgainst(kind: ActionDialog['kind']): string | undefined {
  if (model.hello.value?.readOnly) return 'This console is read-only.';
  if (connection.value.state !== 'live') return 'There is no connection to the cluster.';
  const profile = model.hello.value?.parts.profile;
  return kind === 'profile' && profile?.available === false ? profile.reason : undefined;
}
