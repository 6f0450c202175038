export { createBus } from '@muster/bus';
export {
  type Cache,
  createSharedStore,
  type Leadership,
  type Lock,
  type LockOptions,
  type RateLimit,
  type Semaphore,
  type SharedStore,
  type SharedStoreOptions,
  type StoreChange,
  type StoreView,
} from '@muster/store';
export * from './supervision.js';
