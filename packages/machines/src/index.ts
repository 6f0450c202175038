export type { JoinEvents } from './bridge/news.js';
export { InvalidOptionError, LinkError } from './errors.js';
export { joinMachines } from './join-machines.js';
export type {
  JoinedMachines,
  LinkStatus,
  MachineStatus,
  MachinesOptions,
  MachinesStatus,
} from './machines.js';
