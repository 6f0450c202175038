// What the suite is given.

export interface ExtensionUnderTest {
  /** A module whose default export is a function that makes the extension anew each time it is called. */
  readonly module: URL;
  /** Milliseconds for a process to end once its cluster has stopped. Default: 30,000. */
  readonly endsWithinMs?: number;
}
