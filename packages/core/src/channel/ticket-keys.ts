/**
 * Servers on one address share the keys of TLS tickets, in hex (`tls.Server`, `_getServerData`). Those of the first worker
 * go to all others, so they are checked, and nothing else is passed on.
 */
const MAX_KEYS = 1_024;

export function readTicketKeys(data: unknown): { ticketKeys: string } | null {
  const { ticketKeys } = (data ?? {}) as { ticketKeys?: unknown };
  if (typeof ticketKeys !== 'string' || !/^[0-9a-f]+$/.test(ticketKeys)) return null;
  return ticketKeys.length <= MAX_KEYS ? { ticketKeys } : null;
}
