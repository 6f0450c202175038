// A question before something is done: what will happen, one button to do it, and what went wrong if it did not work.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { Modal } from '../parts/modal.js';
import { openAction } from './open-dialog.js';
import { reasonOf } from './operations.js';

export interface ConfirmProps {
  readonly title: string;
  /** What the button says. */
  readonly verb: string;
  /** What it says while the server works. */
  readonly busy?: string;
  readonly isDanger?: boolean;
  /** The dialog closes when it resolves. */
  run(): Promise<void>;
  readonly children: ComponentChildren;
}

export function Confirm({ title, verb, busy, isDanger, run, children }: ConfirmProps) {
  const problem = useSignal('');
  const isBusy = useSignal(false);
  const close = () => {
    openAction.value = undefined;
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (isBusy.value) return;
    problem.value = '';
    isBusy.value = true;
    try {
      await run();
      close();
    } catch (error) {
      problem.value = reasonOf(error);
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <Modal title={title} onClose={close}>
      <form onSubmit={submit}>
        <div class="dialog-body">
          {children}
          {problem.value && (
            <p class="problem" role="alert">
              {problem.value}
            </p>
          )}
        </div>
        <footer class="dialog-foot">
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button
            type="submit"
            class={isDanger ? 'danger' : 'primary'}
            aria-disabled={isBusy.value}
          >
            {isBusy.value ? (busy ?? verb) : verb}
          </button>
        </footer>
      </form>
    </Modal>
  );
}
