// The page of the demo: asks the HTTP interface, and shows what the event stream tells.

/** @template {HTMLElement} T @param {string} id @returns {T} */
const byId = (id) => /** @type {any} */ (document.getElementById(id));
/** The most chat lines that are kept on the page. */
const MOST_LINES = 100;

/**
 * @param {string} path
 * @param {object} [body] sent as JSON by POST; without it the call is a GET
 */
async function call(path, body) {
  const response = await fetch(`/api/${path}`, {
    ...(body && {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
  const answer = await response.json();
  if (!response.ok) throw Object.assign(new Error(answer.error), { status: response.status });
  return answer;
}

/** Runs `action`, and shows why where it fails. @param {() => Promise<unknown>} action */
async function attempt(action) {
  const problem = byId('problem');
  try {
    await action();
    problem.hidden = true;
  } catch (error) {
    problem.textContent = error instanceof Error ? error.message : String(error);
    problem.hidden = false;
  }
}

// Visits

let shown = 0;

/** @param {{ visits: number, slot: number }} visit */
function showVisit({ visits, slot }) {
  // Workers tell of their visits side by side; only the newest number counts.
  if (visits <= shown) return;
  shown = visits;
  byId('visits').textContent = visits.toLocaleString('en');
  byId('visit-by').textContent = `The last one was counted by worker ${slot}.`;
}

byId('visit').onclick = () => attempt(async () => showVisit(await call('visit')));
byId('rush').onclick = () =>
  attempt(() =>
    Promise.all(Array.from({ length: 100 }, async () => showVisit(await call('visit')))),
  );

// Who am I

async function showMe() {
  try {
    const { name, requests, slot } = await call('me');
    byId('me-name').textContent = name;
    byId('me-requests').textContent = requests;
    byId('me-slot').textContent = slot;
    showLogin(false);
  } catch (error) {
    if (/** @type {any} */ (error).status !== 401) throw error;
    showLogin(true);
  }
}

/** @param {boolean} wanted */
function showLogin(wanted) {
  byId('login').hidden = !wanted;
  byId('me').hidden = wanted;
}

byId('ask').onclick = () => attempt(showMe);
byId('logout').onclick = () => attempt(() => call('logout', {}).then(showMe));
byId('login').onsubmit = (event) => {
  event.preventDefault();
  attempt(() => call('login', { name: field('name').value }).then(showMe));
};

// Workers

/** @type {{ machine: string, slot: number, pid: number, generation: number, startedAt: number }[]} */
let workers = [];

function showWorkers() {
  const rows = workers.map(({ machine, slot, pid, generation, startedAt }) => {
    const row = document.createElement('tr');
    for (const text of [slot, pid, generation, duration(Date.now() - startedAt), machine]) {
      row.insertCell().textContent = String(text);
    }
    const crash = document.createElement('button');
    crash.textContent = 'Crash';
    crash.dataset.slot = String(slot);
    crash.ariaLabel = `Crash worker ${slot}`;
    crash.onclick = () => attempt(() => call('crash', { machine, slot }));
    row.insertCell().append(crash);
    return row;
  });
  byId('workers').replaceChildren(...rows);
}

/** @param {number} ms */
function duration(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds / 60) % 60} min`;
}

setInterval(() => {
  // The rows stay, so that a press on a button is not lost under the pointer.
  for (const [index, row] of [...byId('workers').querySelectorAll('tr')].entries()) {
    const worker = workers[index];
    const uptime = row.cells[3];
    if (worker && uptime) uptime.textContent = duration(Date.now() - worker.startedAt);
  }
}, 1000);

// Chat

/** @param {{ name: string, text: string, slot: number }} line */
function showLine({ name, text, slot }) {
  const lines = byId('lines');
  lines.querySelector(':scope > .note')?.remove();
  const item = document.createElement('li');
  const who = document.createElement('strong');
  who.textContent = name;
  const by = document.createElement('span');
  by.className = 'note';
  by.textContent = ` (worker ${slot})`;
  item.append(who, ` ${text}`, by);
  lines.append(item);
  while (lines.children.length > MOST_LINES) lines.firstElementChild?.remove();
  lines.scrollTop = lines.scrollHeight;
}

byId('say').onsubmit = (event) => {
  event.preventDefault();
  attempt(async () => {
    await call('say', { text: field('text').value });
    field('text').value = '';
  });
};

/** @param {string} id @returns {HTMLInputElement} */
function field(id) {
  return /** @type {any} */ (byId(id));
}

// What happens, as it happens

function showLink(/** @type {boolean} */ live) {
  byId('link').textContent = live ? 'live' : 'reconnecting…';
  byId('link').classList.toggle('live', live);
}

function listen() {
  const events = new EventSource('/api/events');
  events.addEventListener('visit', ({ data }) => showVisit(JSON.parse(data)));
  events.addEventListener('say', ({ data }) => showLine(JSON.parse(data)));
  events.addEventListener('workers', ({ data }) => {
    workers = JSON.parse(data);
    showWorkers();
  });
  // The stream begins with who is there; the rest is asked for.
  events.onopen = () => {
    showLink(true);
    attempt(refresh);
  };
  events.onerror = () => {
    showLink(false);
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, 1000);
  };
}

async function refresh() {
  byId('engine').textContent = (await call('workers')).engine;
}

listen();
attempt(async () => {
  showVisit(await call('visit'));
  await showMe();
});
