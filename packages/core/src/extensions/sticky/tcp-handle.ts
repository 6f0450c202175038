/**
 * The handle of a TCP connection or server, as Node has it below `net`. Not documented, and the same since Node 0.x: it is
 * what node:cluster passes between processes, and what `child.send()` takes.
 */
export interface TcpHandle {
  close(): void;
  readStop(): number;
  getpeername(out: { address?: string }): number;
}

/** Of a server: Node's own, or what stands for it in a worker. */
export interface ServerHandle {
  /** `error`: 0, or the number of libuv's error. */
  onconnection(error: number, connection: TcpHandle | undefined): void;
  getsockname?(out: object): number;
}
