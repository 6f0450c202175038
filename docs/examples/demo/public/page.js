// The page of the demo: what the event stream tells goes to the parts that show it.
import { showLine, startChat } from './chat.js';
import { showCode } from './code.js';
import { attempt, byId } from './elements.js';
import { showEntries } from './journal.js';
import { noteVisit, startRequests } from './requests.js';
import { showMe, startSession } from './session.js';
import { setMachine, showReloading, showWorkers, startWorkers } from './workers.js';

/** @type {EventSource | undefined} */
let events;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let again;

function listen() {
  if (events || document.hidden) return;
  clearTimeout(again);
  events = new EventSource('/api/events');
  on('hello', showServer);
  on('visit', noteVisit);
  on('say', showLine);
  on('journal', showEntries);
  on('workers', (workers) => {
    showWorkers(workers);
    showReloading(workers);
  });
  events.onopen = () => showLink(true);
  events.onerror = () => {
    showLink(false);
    if (events?.readyState !== EventSource.CLOSED) return;
    stopListening();
    again = setTimeout(listen, 1000);
  };
}

function stopListening() {
  events?.close();
  events = undefined;
}

/** @param {string} topic @param {(payload: any) => void} show */
function on(topic, show) {
  events?.addEventListener(topic, ({ data }) => show(JSON.parse(data)));
}

/** @param {{ machine: string, slot: number, engine: string, host: string }} server */
function showServer({ machine, slot, engine, host }) {
  setMachine(machine);
  byId('engine').textContent = engine;
  byId('hangs-on').textContent = `This window hangs on worker ${slot}.`;
  byId('reach').textContent = /^(127\.|::1$|localhost$)/.test(host)
    ? `Only this machine reaches the page: it listens on ${host}. Whoever reaches it may kill and reload.`
    : `The page listens on ${host}. Everyone who reaches it may kill and reload.`;
}

/** @param {boolean} live */
function showLink(live) {
  byId('link').textContent = live ? 'live' : 'reconnecting…';
  byId('link').classList.toggle('live', live);
}

// A browser opens six connections to a server at most, for all windows together: one that nobody sees gives its back.
document.addEventListener('visibilitychange', () => {
  if (document.hidden) stopListening();
  else listen();
});

// What scrolls can be reached by the keyboard.
for (const id of ['journal', 'lines']) byId(id).tabIndex = 0;
startWorkers();
startRequests();
startSession();
startChat();
listen();
attempt(() => Promise.all([showMe(), showCode()]));
