// The chat: lines come over the event stream, one's own as well.
import { call } from './api.js';
import { attempt, byId, element, field } from './elements.js';
import { colourOf } from './workers.js';

/** The most lines that are kept on the page. */
const MOST_LINES = 100;

/** @param {{ name: string, text: string, slot: number }} line */
export function showLine({ name, text, slot }) {
  const scroller = byId('lines');
  const lines = /** @type {HTMLElement} */ (scroller.firstElementChild);
  const item = document.createElement('li');
  const by = element('span', 'by', `worker ${slot}`);
  by.style.setProperty('--hue', colourOf(slot));
  item.append(element('strong', '', name), ` ${text} `, by);
  lines.append(item);
  while (lines.children.length > MOST_LINES) lines.firstElementChild?.remove();
  scroller.scrollTop = scroller.scrollHeight;
}

export function startChat() {
  byId('say').onsubmit = (event) => {
    event.preventDefault();
    attempt(async () => {
      await call('say', { text: field('text').value });
      field('text').value = '';
    });
  };
}
