// What readers search for and no page says in these words: by the section that answers it, as the site addresses it. The
// words are only in the index of the search, and a test finds each section by each of its phrases.
// @ts-check

/** @type {Record<string, string[]>} */
export const keywords = {
  '/start.html#start': ['install', 'getting started', 'quick start', 'hello world'],
  '/troubleshooting.html#eaddrinuse': [
    'port in use',
    'port already in use',
    'address already in use',
  ],
  '/troubleshooting.html#memory-grows': ['memory leak', 'memory leaks', 'leak', 'out of memory'],
  '/guide/looking-inside.html#a-heap-snapshot': [
    'memory leak',
    'memory leaks',
    'leak',
    'heap dump',
  ],
  '/guide/health.html#health': ['health check', 'watchdog', 'event loop blocked'],
  '/guide/metrics.html#probes-and-metrics': [
    'health check endpoint',
    'liveness probe',
    'monitoring',
  ],
  '/guide/sticky.html#sticky-connections': [
    'sticky session',
    'sticky sessions',
    'session affinity',
  ],
  '/guide/supervision/crashes.html#crashes': ['crash loop', 'restart on crash'],
  '/guide/supervision/reloading.html#reloading': [
    'zero downtime',
    'zero downtime deploy',
    'rolling restart',
    'rolling update',
    'hot reload',
  ],
  '/guide/supervision/draining.html#long-lived-connections': [
    'sse',
    'server-sent events',
    'eventsource',
  ],
  '/guide/supervision/draining.html#draining': ['graceful shutdown'],
  '/tutorial/broadcast.html#3-a-broadcast': ['sse', 'server-sent events', 'push to browsers'],
  '/guide/bus.html#the-bus': ['pubsub', 'pub/sub', 'publish subscribe', 'ipc', 'event emitter'],
  '/guide/store/locks.html#locks-semaphores-leaders': [
    'distributed lock',
    'mutex',
    'redlock',
    'fencing token',
    'leader election',
  ],
  '/guide/store/limits.html#rate-limits': ['throttle', 'rate limiter'],
  '/guide/store/caches.html#caches': ['memoize', 'cache stampede'],
  '/guide/queue.html#queues': ['background job', 'job queue', 'task queue'],
  '/guide/schedules.html#schedules': ['cron expression', 'periodic task'],
  '/guide/sessions.html#sessions': ['share sessions between processes', 'session store'],
  '/guide/sessions/logins.html#the-sessions-of-a-user': [
    'logout everywhere',
    'log out everywhere',
    'sign out all devices',
  ],
  '/guide/testing.html#testing-your-app': ['unit test', 'mock', 'integration test'],
  '/guide/testing.html#break-it-on-purpose': ['chaos test', 'fault injection'],
  '/guide/supervision/scaling.html#scaling': ['autoscaling', 'how many workers'],
  '/guide/command/start.html#variables-from-files': ['dotenv', 'env file'],
};
