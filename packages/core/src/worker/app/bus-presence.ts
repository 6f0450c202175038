/**
 * The bus registers its hub on `globalThis` under a symbol with this prefix (packages/bus/src/process/hub-registry.ts). To
 * ask the bus itself would load it in every worker; a test holds the two names against each other.
 */
const HUB_PREFIX = '@muster/bus/hub/';

/** Whether a bus was created in this process. */
export function hasBus(): boolean {
  return Object.getOwnPropertySymbols(globalThis).some((symbol) =>
    symbol.description?.startsWith(HUB_PREFIX),
  );
}
