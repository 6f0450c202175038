import 'express-session';

declare module 'express-session' {
  interface SessionData {
    /** Whoever logged in under this name. */
    name?: string;
    /** How often they asked who they are. */
    requests?: number;
  }
}
