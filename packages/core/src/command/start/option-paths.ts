// The names of all options of `startCluster()`, as types: `workers`, `ready.timeoutMs`, `health.maxRssBytes`, …
import type { ClusterOptions } from '../../cluster-options.js';

/** Options that consist of options. */
type Group =
  | ('ready' | 'drain' | 'restart' | 'health' | 'reload')
  | ('admin' | 'sticky' | 'store' | 'logs');

type NamesIn<Options> = keyof Extract<NonNullable<Options>, object> & string;

export type OptionPath = {
  [Name in keyof ClusterOptions]-?: Name extends Group
    ? `${Name}.${NamesIn<ClusterOptions[Name]>}`
    : Name;
}[keyof ClusterOptions];
