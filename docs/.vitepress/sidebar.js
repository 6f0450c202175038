// The pages of the site, in the order in which a reader wants them. A page of docs/ stands here exactly once (a test checks
// it): whoever writes one adds it.
// @ts-check

/**
 * Its title leads to the first page. A group is open while one of its pages is shown.
 *
 * @param {string} text
 * @param {Record<string, string>} pages by their path below docs, without `.md`
 */
function group(text, pages) {
  const items = Object.entries(pages).map(([page, name]) => ({
    text: name,
    link: `/${page.replace(/(^|\/)index$/, '$1')}`,
  }));
  return { text, link: items[0]?.link ?? '/', collapsed: text !== 'Begin', items };
}

export const sidebar = [
  group('Begin', {
    index: 'What Muster is',
    start: 'The first five minutes',
  }),
  group('Tutorial', {
    'tutorial/index': 'A shop in eight steps',
    'tutorial/counter': '1. A counter',
    'tutorial/sessions': '2. Sessions',
    'tutorial/broadcast': '3. A broadcast',
    'tutorial/rate-limit': '4. A rate limit',
    'tutorial/cache': '5. A cache',
    'tutorial/nightly-job': '6. A nightly job',
    'tutorial/reload': '7. A reload',
    'tutorial/two-machines': '8. Two machines',
  }),
  group('Recipes', {
    'recipes/index': 'All recipes',
    'recipes/once-nightly': 'Once a night',
    'recipes/cron-lock': 'A lock around a cron job',
    'recipes/webhooks': 'Webhooks',
    'recipes/websockets': 'WebSockets',
    'recipes/leaderboard': 'A leaderboard',
    'recipes/feature-flags': 'Feature flags',
    'recipes/graceful-shutdown': 'Graceful shutdown',
    'recipes/blue-green': 'Blue and green by a link',
  }),
  group('Building blocks', {
    'guide/store': 'The shared store',
    'guide/sessions': 'Sessions',
    'guide/bus': 'The bus',
    'guide/queue': 'Queues',
    'guide/schedules': 'Schedules',
    'guide/machines': 'Several machines',
  }),
  group('The store in detail', {
    'guide/store/values': 'Values',
    'guide/store/locks': 'Locks and leaders',
    'guide/store/limits': 'Rate limits',
    'guide/store/caches': 'Caches',
    'guide/store/sorted-sets': 'Sorted sets',
    'guide/store/watching': 'Watching',
    'guide/store/backups': 'Backups',
    'guide/engines': 'Engines compared',
    'guide/store/embedded': 'The embedded engine',
    'guide/store/redis': 'On Redis',
  }),
  group('Sessions in detail', {
    'guide/sessions/logins': 'Logins',
    'guide/sessions/sealed': 'Sealed sessions',
    'guide/sessions/any-framework': 'Any framework',
  }),
  group('Running a cluster', {
    'guide/supervision': 'Supervision',
    'guide/supervision/starting': 'Starting',
    'guide/supervision/reloading': 'Reloading',
    'guide/supervision/draining': 'Draining',
    'guide/supervision/crashes': 'Crashes',
    'guide/supervision/scaling': 'Scaling',
    'guide/supervision/output': 'Output',
    'guide/health': 'Health',
    'guide/metrics': 'Probes and metrics',
    'guide/sticky': 'Sticky connections',
    'guide/configuration': 'Configuration',
    'guide/deploying': 'Deploying',
  }),
  group('The muster command', {
    'guide/command': 'All commands',
    'guide/command/start': 'muster start',
    'guide/command/store-and-queues': 'Store and queues',
    'guide/command/control-socket': 'The control socket',
    'guide/console': 'The console',
    'guide/looking-inside': 'Logs, profiles, heap',
    'guide/tracing': 'Traces',
    'guide/testing': 'Testing your app',
  }),
  group('With other libraries', {
    'guide/adapters': 'Adapters',
    'guide/adapters/rate-limits': 'Rate limits',
    'guide/adapters/caches': 'Caches',
    'guide/adapters/graphql': 'GraphQL',
    'guide/adapters/hono': 'Hono',
    'guide/adapters/better-auth': 'better-auth',
    'guide/socket.io': 'Socket.IO',
    'guide/next': 'Next.js',
    'guide/frameworks': 'Frameworks and bundlers',
  }),
  group('Coming from others', {
    'moving/index': 'What you have, and what it is here',
    'moving/pm2': 'From PM2',
    'moving/node-cluster': 'From node:cluster',
    'moving/connect-redis': 'From connect-redis',
    'moving/socket.io-cluster-adapter': 'From a Socket.IO adapter',
    'moving/bullmq': 'From BullMQ and node-cron',
    compare: 'Compare',
  }),
  group('Your own parts', {
    'guide/own-engine': 'An engine',
    'guide/own-procedure': 'A procedure',
    'guide/own-session-adapter': 'A session adapter',
    'guide/own-transport': 'A transport',
    'guide/own-extension': 'An extension',
  }),
  group('Reference', {
    troubleshooting: 'Troubleshooting',
    errors: 'Errors',
    'repository/SECURITY': 'Security',
    benchmarks: 'Benchmarks',
    'lab-notes': 'Lab notes',
    'repository/ARCHITECTURE': 'Architecture',
    'repository/CONTRIBUTING': 'Contributing',
  }),
];

// typedoc writes it to docs/public/reference; it is no page of VitePress, so the browser itself follows the link.
const reference = { text: 'Every call', link: '/reference/index.html', target: '_self' };
sidebar.at(-1)?.items.unshift(reference);

export const nav = [
  { text: 'Start', link: '/start' },
  { text: 'Tutorial', link: '/tutorial/', activeMatch: '^/tutorial/' },
  { text: 'Guide', link: '/guide/store', activeMatch: '^/guide/' },
  { text: 'Recipes', link: '/recipes/', activeMatch: '^/recipes/' },
  { text: 'Errors', link: '/errors' },
  { text: 'Reference', link: '/reference/index.html', target: '_self' },
];
