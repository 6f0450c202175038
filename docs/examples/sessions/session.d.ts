// What these apps keep in a session, told to TypeScript as each framework has it.
import 'express-session';
import 'fastify';

declare module 'express-session' {
  interface SessionData {
    name?: string;
    visits?: number;
  }
}

declare module 'fastify' {
  interface Session {
    name?: string;
    visits?: number;
  }
}
