// The key that goes along with every call, beside the cookie that no script can read. localStorage belongs to one port, and a
// cookie to all ports of the host: only a page of this port has both.

const NAME = 'muster.console.key';

/** Where the browser forbids storage, the key is known until the page is left. */
let key: string | undefined;

export function sessionKey(): string | undefined {
  try {
    key = localStorage.getItem(NAME) ?? key;
  } catch {
    // Kept in `key` alone.
  }
  return key;
}

export function keepSessionKey(given: string | undefined): void {
  key = given;
  try {
    if (given === undefined) localStorage.removeItem(NAME);
    else localStorage.setItem(NAME, given);
  } catch {
    // Kept in `key` alone.
  }
}
