// The addresses of a cluster, in short form.
import { printable } from '../../text/printable.js';

const MAX_ADDRESSES = 4;

/** Such as `http://127.0.0.1:3000  tcp *:7000`: `*` is every address of the machine. */
export function addressText(addresses: readonly string[]): string {
  const shown = addresses.slice(0, MAX_ADDRESSES).map((address) =>
    printable(address)
      .replace(/^(?=[^/@ ]+:\d+$)/, 'tcp ')
      .replace(/(^|[/ ])(?:\[::\]|0\.0\.0\.0):(?=\d+$)/, '$1*:'),
  );
  const hidden = addresses.length - shown.length;
  return [...shown, ...(hidden > 0 ? [`… and ${hidden} more`] : [])].join('  ');
}
