// Elements of the page by id, and how failures are shown.

/** @template {HTMLElement} [T=HTMLElement] @param {string} id @returns {T} */
export const byId = (id) => /** @type {any} */ (document.getElementById(id));

/** @param {string} id */
export const field = (id) => /** @type {HTMLInputElement} */ (byId(id));

/** @param {number} count */
export const whole = (count) => count.toLocaleString('en');

/** @param {number} ms */
export const seconds = (ms) => `${(ms / 1000).toFixed(ms < 995 ? 2 : 1)} s`;

/** @param {string} name @param {string} className @param {string} [text] */
export function element(name, className, text = '') {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

/** Runs `action`, and shows why if it fails. @param {() => Promise<unknown>} action */
export async function attempt(action) {
  const problem = byId('problem');
  try {
    await action();
    problem.hidden = true;
  } catch (error) {
    problem.textContent = error instanceof Error ? error.message : String(error);
    problem.hidden = false;
  }
}
