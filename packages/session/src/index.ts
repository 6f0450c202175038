export {
  InvalidSessionError,
  SessionCallbackFailedError,
  SessionConflictError,
} from './errors.js';
export type { SessionFields, SessionStoreOptions, UserSession, UserSessions } from './sessions.js';
