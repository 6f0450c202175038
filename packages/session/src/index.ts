export {
  InvalidSessionError,
  SessionCallbackFailedError,
  SessionConflictError,
} from './errors.js';
export { createSessions } from './neutral/create-sessions.js';
export type {
  RegenerateOptions,
  Session,
  SessionFields,
  SessionStoreOptions,
  Sessions,
  UserSession,
  UserSessions,
} from './sessions.js';
