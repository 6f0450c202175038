// Watching keys: the contract.

/** One key of the view, or all keys that start with a prefix. */
export type WatchTarget =
  | { readonly key: string; readonly prefix?: undefined }
  | { readonly prefix: string; readonly key?: undefined };

export type StoreChange<T = unknown> =
  /** `value` is what the key holds now; `undefined` if it is gone. */
  | { readonly type: 'change'; readonly key: string; readonly value: T | undefined }
  /** Changes were missed: read again whatever you derived from the watched keys. */
  | { readonly type: 'reset' };

export type ChangeListener<T = unknown> = (change: StoreChange<T>) => void;

export interface WatchOptions {
  /** Ends the watch. */
  signal?: AbortSignal | undefined;
}
