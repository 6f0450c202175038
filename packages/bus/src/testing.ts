// The conformance suite: what every bus keeps, over whatever transport.
//
// A test starts a cluster over its transport, with `serveSuite(bus)` in each member, and gives the suite a
// way to it:
//
//   for (const { name, workers, run } of busSuite) {
//     test(name, async () => {
//       const cluster = await start(workers);
//       try { await run(cluster) } finally { await cluster.stop() }
//     });
//   }

export { type Actions, serveSuite } from './testing/actions.js';
export type { SuiteCase, SuiteCluster } from './testing/case.js';
export { type Loopback, startLoopback } from './testing/loopback.js';
export { busSuite } from './testing/suite.js';
