// Addresses of inspectors, as processes print them. Whatever they say, the primary connects only to loopback.

/** The address to connect to, by the address that an inspector listens on. */
const LOOPBACK: ReadonlyMap<string, string> = new Map([
  ['127.0.0.1', '127.0.0.1'],
  ['localhost', '127.0.0.1'],
  ['[::1]', '[::1]'],
  // If the user makes it listen on all addresses: `--inspect=0.0.0.0:9229`.
  ['0.0.0.0', '127.0.0.1'],
  ['[::]', '[::1]'],
]);

const ADDRESS =
  /^ws:\/\/([^/:]+|\[[0-9a-f:]+\]):(\d{1,5})\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** The URL to connect to; `undefined` if the text is not the address of an inspector on loopback. */
export function debuggerAddress(text: string): string | undefined {
  const [, host = '', port, id] = ADDRESS.exec(text) ?? [];
  const loopback = LOOPBACK.get(host);
  if (loopback === undefined || !(Number(port) > 0 && Number(port) <= 65_535)) return undefined;
  return `ws://${loopback}:${Number(port)}/${id}`;
}
