/**
 * What a worker listens on, as it reports to its primary, and which of these addresses its successor lacks.
 *
 * A worker can send anything; what the primary reads is checked.
 */
export interface ListenAddress {
  /** `127.0.0.1:3000`, `[::]:3000`, `udp 127.0.0.1:53`, or the absolute path of a Unix socket. */
  readonly name: string;
  /** Whether the system chose the port (`listen(0)`): a successor may have another one. */
  readonly anyPort: boolean;
  /** Set for an HTTP server. */
  readonly scheme?: Scheme;
}

type Scheme = 'http' | 'https';

/** Addresses of one worker. A worker reports no more, and the guard of its primary (supervisor/guard/) refuses more. */
export const MAX_ADDRESSES = 256;
const MAX_NAME_LENGTH = 300;

/**
 * The addresses in `had` that `has` lacks, named as in `had`. Addresses whose port the system chose are counted by host: a
 * worker that had two of them needs two.
 */
export function missingAddresses(
  had: readonly ListenAddress[],
  has: readonly ListenAddress[],
): string[] {
  const left = has.map(placeOf);
  return had
    .filter((address) => {
      const at = left.indexOf(placeOf(address));
      if (at >= 0) left.splice(at, 1);
      return at < 0;
    })
    .map(({ name, anyPort }) => (anyPort ? `${name} (any port)` : name));
}

function placeOf({ name, anyPort }: ListenAddress): string {
  return anyPort ? name.replace(/\d+$/, '0') : name;
}

/** For people: a URL if the server speaks HTTP. */
export function displayAddress({ name, scheme }: ListenAddress): string {
  return scheme && !name.startsWith('/') ? `${scheme}://${name}` : name;
}

/** `undefined` if the value is not a list of addresses. */
export function readAddresses(value: unknown): ListenAddress[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const addresses = value.slice(0, MAX_ADDRESSES);
  return addresses.every(isAddress)
    ? addresses.map(({ name, anyPort, scheme }) => ({ name, anyPort, ...(scheme && { scheme }) }))
    : undefined;
}

function isAddress(value: unknown): value is ListenAddress {
  const { name, anyPort, scheme } = (value ?? {}) as Record<string, unknown>;
  // The name is printed, so it must not move a cursor or begin a line.
  const isName =
    typeof name === 'string' && name.length <= MAX_NAME_LENGTH && !/\p{Cc}/u.test(name);
  const isScheme = scheme === undefined || scheme === 'http' || scheme === 'https';
  return isName && isScheme && typeof anyPort === 'boolean';
}
