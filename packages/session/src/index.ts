export { InvalidSessionError } from './errors.js';
export type { SessionStoreOptions } from './sessions.js';
