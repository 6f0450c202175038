// As an app declares what it keeps in a session.
import 'express-session';

declare module 'express-session' {
  interface SessionData {
    user?: string;
    visits?: number;
  }
}
