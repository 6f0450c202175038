// The last warning or error, for those who do not see it come into the list of events.
import { model } from '../model/console.js';
import { shownLine } from '../text/foreign-text.js';

export function Announcer() {
  const last = model.events.value.findLast(({ level }) => level !== 'info');
  return (
    <p class="hidden" role="status">
      {last && shownLine(last.text, 200)}
    </p>
  );
}
