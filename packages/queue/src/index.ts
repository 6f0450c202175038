export {
  InvalidOptionError,
  JobFailedError,
  JobLeaseLostError,
  JobNotFoundError,
  JobOrphanedError,
  JobStalledError,
  JobUnrecoverableError,
  QueueClosedError,
  QueueFullError,
  QueueTroubleError,
} from './errors.js';
export { listQueues } from './list-queues.js';
export type * from './queue.js';
export { listSchedules, removeSchedule } from './schedule/listing.js';
export { runSchedule } from './schedule/run-schedule.js';
export { scheduleRuns } from './schedule/runs.js';
export { createSchedule } from './schedule/shared-schedule.js';
export type * from './schedule.js';
export { createQueue } from './shared-queue.js';
