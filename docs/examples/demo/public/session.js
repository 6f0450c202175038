// Who am I: logging in and out, and a count that is kept in the session.
import { call } from './api.js';
import { attempt, byId, field } from './elements.js';

export async function showMe() {
  const { name, requests, slot } = await call('me');
  showLogin(name === null);
  if (name === null) return;
  byId('me-name').textContent = name;
  const times = requests === 1 ? '1 time' : `${requests} times`;
  byId('me-answer').textContent =
    `Asked ${times} in this session. Worker ${slot} has just answered.`;
}

/** The focus goes to what takes the place of its element. @param {boolean} wanted */
function showLogin(wanted) {
  const focused = document.activeElement;
  const leaves = byId(wanted ? 'me' : 'login').contains(focused);
  byId('login').hidden = !wanted;
  byId('me').hidden = wanted;
  if (leaves) byId(wanted ? 'name' : 'ask').focus();
}

export function startSession() {
  byId('ask').onclick = () => attempt(showMe);
  byId('logout').onclick = () => attempt(() => call('logout', {}).then(showMe));
  byId('login').onsubmit = (event) => {
    event.preventDefault();
    attempt(() => call('login', { name: field('name').value }).then(showMe));
  };
}
