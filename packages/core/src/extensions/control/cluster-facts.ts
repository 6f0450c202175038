// What parts of a primary that know nothing of each other tell the control socket, and hear from it.

/** What `muster console` prints. */
export interface ConsoleLink {
  /** With the token. */
  readonly url: string;
  readonly readOnly: boolean;
}

export interface ClusterFacts {
  /** The name of the cluster; missing until its control socket is open, and without one. */
  name?: string;
  /** Missing if the cluster has no console, and until it is open. */
  console?: ConsoleLink;
}
