// What the examples of docs/guide/bus.md are given.
import type { Bus } from '@muster/bus';

export { createBus } from '@muster/bus';
export declare const bus: Bus;
export declare const visits: number;
export declare const config: { colour: string };
