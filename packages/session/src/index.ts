export { createSessions } from './create-sessions.js';
export {
  InvalidSessionError,
  SessionCallbackFailedError,
  SessionConflictError,
} from './errors.js';
export type {
  RegenerateOptions,
  Session,
  SessionFields,
  SessionStoreOptions,
  Sessions,
  UserSession,
  UserSessions,
} from './sessions.js';
