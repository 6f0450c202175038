// Messages in a corner. The region is always there, so that a screen reader hears what comes into it.
import { dismiss, notices } from '../actions/notices.js';

export function Notices() {
  return (
    <div class="notices" role="status">
      {notices.value.map(({ id, level, text }) => (
        <div key={id} class={`notice is-${level}`}>
          <span class="notice-text">{text}</span>
          <button
            type="button"
            class="icon"
            aria-label="Close this message"
            onClick={() => dismiss(id)}
          >
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <path d="M4 4l8 8M12 4l-8 8" />
            </svg>
          </button>
        </div>
      ))}
    </div>
  );
}
