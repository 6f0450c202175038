// What `muster doctor` knows before it judges.

export interface Facts {
  readonly node: NodeFacts;
  readonly limits: LimitFacts;
  readonly machine: MachineFacts;
  readonly config: ConfigFacts;
  readonly control: ControlFacts;
  /** One for each Redis that the apps name. */
  readonly redis: readonly RedisFacts[];
  /** One for each folder of an embedded store. */
  readonly stores: readonly StoreFacts[];
}

export interface NodeFacts {
  /** `v24.1.0` */
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly platform: string;
  /** NODE_OPTIONS */
  readonly options: string;
  /** Of the command, and of the `@muster/core` that code in this folder loads. */
  readonly muster: string;
  readonly musterHere: string | undefined;
}

/** `Infinity`: no limit; `undefined`: not known on this system. */
export interface LimitFacts {
  /** Open files: the hard limit, to which Node raises its own. */
  readonly files: number | undefined;
  /** Processes and threads of this user. */
  readonly processes: number | undefined;
  /** Connections that the kernel keeps until a process accepts them. */
  readonly backlog: number | undefined;
}

export interface MachineFacts {
  readonly cores: number;
  /** Cores that cgroups grant, a fraction maybe; `Infinity` if nothing limits them. */
  readonly quota: number;
  /** What cgroups and the machine grant. */
  readonly memoryBytes: number;
}

export interface AppFacts {
  /** In `apps`. */
  readonly name: string | undefined;
  /** Of all roles. */
  readonly workers: number;
  /** `health.maxRssBytes`; 0: none. */
  readonly maxRssBytes: number;
}

export interface ConfigFacts {
  /** `undefined`: there is none. */
  readonly file: string | undefined;
  /** Why it cannot be used. */
  readonly faults: readonly string[];
  /** At least one: that of a folder without a config has the defaults. */
  readonly apps: readonly AppFacts[];
}

export interface ControlFacts {
  /** Where sockets may be, the first first. */
  readonly folders: readonly string[];
  readonly refused: readonly { readonly folder: string; readonly fault: string }[];
  /** The first one that is usable, or can be made. */
  readonly usable: string | undefined;
  /** Sockets on which nobody listens. */
  readonly stale: readonly string[];
  readonly longestPath: number;
}

export interface RedisFacts {
  /** Without secrets. */
  readonly label: string;
  /** Why it did not answer in time. */
  readonly fault?: string;
  /** As `INFO` has it. */
  readonly info?: Readonly<Record<string, string>>;
  /** `save` of `CONFIG GET`; `undefined`: this user may not ask. */
  readonly save?: string;
  /** `timeout` of `CONFIG GET`, in seconds. */
  readonly idleSeconds?: number;
  /** By how much its clock is ahead of this machine's, in milliseconds, give or take the time of the answer. */
  readonly aheadMs?: number;
  readonly answerMs?: number;
}

export interface StoreFacts {
  readonly path: string;
  readonly exists: boolean;
  /** Of the folder, or of the nearest one above. */
  readonly uid: number;
  readonly mode: number;
  readonly ownUid: number;
  readonly canWrite: boolean;
  /** The type of the file system, as Linux's statfs(2) numbers it. */
  readonly fileSystem: number;
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** Of the data file. */
  readonly bytes: number;
  /** A damaged data file that was set aside. */
  readonly setAside: string | undefined;
  /** Whether this process runs in a container. */
  readonly inContainer: boolean;
  /** What is wrong with its data file, if it is there and belongs to this user. */
  readonly fault: string | undefined;
}
