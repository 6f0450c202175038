/** The hub of the bus is there once a bus was created (packages/bus/src/process/process-hub.ts). */
const HUB = '@muster/bus/hub/';

/** Whether this process has a bus. Where the app has none, none is loaded to find that out. */
export function hasBus(): boolean {
  return Object.getOwnPropertySymbols(globalThis).some((symbol) =>
    symbol.description?.startsWith(HUB),
  );
}
