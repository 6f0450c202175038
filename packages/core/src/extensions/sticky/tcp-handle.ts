/**
 * The handle of a TCP connection or server below Node's `net`. Undocumented, and the same since Node 0.x: node:cluster
 * passes it between processes, and `child.send()` takes it.
 */
export interface TcpHandle {
  close(): void;
  readStop(): number;
  getpeername(out: { address?: string }): number;
}

/** The handle of a server: Node's own, or its placeholder in a worker. */
export interface ServerHandle {
  /** `error`: 0, or the number of libuv's error. */
  onconnection(error: number, connection: TcpHandle | undefined): void;
  getsockname?(out: object): number;
}
