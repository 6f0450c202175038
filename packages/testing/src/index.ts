export { InvalidOptionError, type ProgramFault, TestProgramError } from './errors.js';
export { startLoad } from './load/start-load.js';
export { startProgram } from './program/start-program.js';
export { createProxy } from './proxy/create-proxy.js';
export type * from './testing.js';
