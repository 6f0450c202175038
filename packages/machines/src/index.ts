export { InvalidOptionError, LinkError } from './errors.js';
export { type JoinEvents, joinMachines } from './join-machines.js';
export type {
  JoinedMachines,
  LinkStatus,
  MachineStatus,
  MachinesOptions,
  MachinesStatus,
} from './machines.js';
