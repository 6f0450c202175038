/**
 * Reads the messages that node:cluster sends from a worker to the primary, which may be anything: a pure function of the
 * message and of what this worker has (lib/internal/cluster/child.js of Node 20, 22 and 24; lib/net.js and lib/dgram.js for
 * the queries).
 */
import { isIP } from 'node:net';
import { constants } from 'node:os';
import { readTicketKeys } from '../../channel/ticket-keys.js';
import { isInheritedSocket } from './inherited-sockets.js';

/** What the primary knows about the worker. */
export interface ListenRecord {
  /** How many addresses the worker listens on, or has requested. */
  readonly size: number;
  /** Whether the worker listens there, or has requested it. */
  has(place: string): boolean;
  ask(seq: number, place: string): void;
  /** @returns whether the worker listened there */
  close(key: string): boolean;
  /** Whether the message with this number offered the worker a connection, and it has not answered. */
  isOffered(seq: unknown): boolean;
}

export type Verdict =
  /** Passed on to node:cluster in this form. */
  | { readonly passed: object }
  /** Not passed on; the worker gets this answer. */
  | { readonly answer: object; readonly refused?: string }
  | { readonly refused: string };

type Fields = Readonly<Record<string, unknown>>;

const CMD = 'NODE_CLUSTER';
const MAX_PATH = 4_096;
const DATAGRAMS: readonly unknown[] = ['udp4', 'udp6'];
const TYPES: readonly unknown[] = [4, 6, -1, ...DATAGRAMS];

export function readClusterMessage(
  message: object,
  record: ListenRecord,
  maxListens: number,
): Verdict {
  const fields = message as Fields;
  const { act, ack, seq, key } = fields;
  if (ack !== undefined) {
    if (record.isOffered(ack))
      return { passed: { cmd: CMD, ack, accepted: fields.accepted === true } };
    return { refused: 'an answer to what it was not asked' };
  }
  switch (act) {
    case 'online':
      return { passed: { cmd: CMD, act } };
    case 'exitedAfterDisconnect':
      return isCount(seq)
        ? { passed: { cmd: CMD, act, seq } }
        : { refused: 'a goodbye without a number' };
    case 'listening':
      return readListening(fields);
    case 'queryServer':
      return readQuery(fields, record, maxListens);
    case 'close':
      if (typeof key === 'string' && record.close(key)) return { passed: { cmd: CMD, act, key } };
      return { refused: 'the end of a server that it does not have' };
    default:
      return { refused: 'a message that node:cluster does not know' };
  }
}

/** Node only passes this on to listeners. */
function readListening({ address, port, addressType, fd }: Fields): Verdict {
  const isRight =
    (isNone(address) || isPath(address)) &&
    (isNone(port) || isPort(port) || port === -1) &&
    (isNone(addressType) || TYPES.includes(addressType)) &&
    (isNone(fd) || Number.isSafeInteger(fd));
  if (!isRight) return { refused: 'news of a server at no address' };
  return { passed: { cmd: CMD, act: 'listening', address, port, addressType, fd } };
}

function readQuery(fields: Fields, record: ListenRecord, maxListens: number): Verdict {
  const { seq, index, address, port, addressType, fd, flags, backlog } = fields;
  if (!isCount(seq)) return { refused: 'a question without a number' };
  const data = readTicketKeys(fields.data);
  const failed = (errno: number) => ({ cmd: CMD, ack: seq, errno: -errno, data });
  const { EINVAL, EADDRINUSE, EMFILE } = constants.errno;
  if (!isCount(index) || !isAddress(fields)) {
    return { answer: failed(EINVAL), refused: 'a server at no address' };
  }
  const place = [address, port, addressType, fd, index].join(' ');
  // Node 20 does not expect it (`assert` in round_robin_handle.js); later ones would lose the first.
  if (record.has(place)) return { answer: failed(EADDRINUSE), refused: 'a server that it has' };
  if (record.size >= maxListens) return { answer: failed(EMFILE) };
  record.ask(seq, place);
  return {
    passed: {
      ...{ cmd: CMD, act: 'queryServer', seq, index, data, address, port, addressType, fd },
      flags: isCount(flags) ? flags : 0,
      ...(isCount(backlog) && backlog <= 65_535 && { backlog }),
      readableAll: fields.readableAll === true,
      writableAll: fields.writableAll === true,
    },
  };
}

/** Whether it is an inherited socket, a path, or an IP address and a port. The worker resolves host names itself. */
function isAddress({ address, port, addressType, fd }: Fields): boolean {
  if (!isNone(fd) && fd !== -1) {
    const isElsewhere = !isNone(address) || (!isNone(port) && port !== -1);
    const isOfType = isNone(addressType) || DATAGRAMS.includes(addressType);
    return !isElsewhere && isOfType && isInheritedSocket(fd);
  }
  if (port === -1) return addressType === -1 && isPath(address) && address !== '';
  if (!isPort(port) || addressType === -1 || !TYPES.includes(addressType)) return false;
  return isNone(address) || (typeof address === 'string' && isIP(address) !== 0);
}

function isPath(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_PATH && !value.includes('\0');
}

function isPort(value: unknown): boolean {
  return isCount(value) && value <= 65_535;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isNone(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}
