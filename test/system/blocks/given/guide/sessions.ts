// What the examples of docs/guide/sessions.md, and of the pages below docs/guide/sessions, are given.
import type { Session } from '@muster/session';
import type { Express, Request } from 'express';

export { createSharedStore } from '@muster/core';
export { createSessionStore } from '@muster/session/express';
export declare const app: Express;
export declare const req: Request;
export declare const session: Session;

declare module 'express-session' {
  // What the app keeps in its sessions.
  interface SessionData {
    cart?: unknown;
    user?: string;
  }
}
