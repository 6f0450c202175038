// Older versions of the frameworks, under names of their own (package.json).
declare module 'express4' {
  export { default } from 'express';
}
declare module 'koa-session6' {
  export { default } from 'koa-session';
}
