// What the examples of the README of @muster/bus are given.
import type { Bus } from '@muster/bus';

export declare const bus: Bus;
