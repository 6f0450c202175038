// Watching keys: the contract.

/** One key, or all that start with a text, of the view. */
export type WatchTarget =
  | { readonly key: string; readonly prefix?: undefined }
  | { readonly prefix: string; readonly key?: undefined };

export type StoreChange<T = unknown> =
  /** `value`: what the key holds now; `undefined` where it is gone. */
  | { readonly type: 'change'; readonly key: string; readonly value: T | undefined }
  /** Changes were missed: whatever was derived from the watched keys has to be read anew. */
  | { readonly type: 'reset' };

export type ChangeListener<T = unknown> = (change: StoreChange<T>) => void;

export interface WatchOptions {
  /** Ends the watch. */
  signal?: AbortSignal | undefined;
}
