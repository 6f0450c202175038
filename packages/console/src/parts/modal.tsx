// A native dialog: the browser keeps the focus inside, closes it with Escape, and gives the focus back.
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';

export interface ModalProps {
  readonly title: ComponentChildren;
  readonly kind?: 'dialog' | 'sheet';
  onClose(): void;
  readonly children: ComponentChildren;
}

export function Modal({ title, kind = 'dialog', onClose, children }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const opened = dialog.current;
    opened?.showModal();
    // What is typed, or the button that does nothing, and not the one that closes.
    opened?.querySelector<HTMLElement>('form :is(input, select, button)')?.focus();
    return () => opened?.close();
  }, []);
  return (
    <dialog ref={dialog} class={kind} aria-labelledby={id} onClose={onClose}>
      <header class="dialog-head">
        <h2 id={id}>{title}</h2>
        <button
          type="button"
          class="icon"
          aria-label="Close"
          onClick={() => dialog.current?.close()}
        >
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="M4 4l8 8M12 4l-8 8" />
          </svg>
        </button>
      </header>
      {children}
    </dialog>
  );
}
