// The text of an entry of a queue.
import type { Transaction } from '@muster/store/procedures';

/** @returns an empty text, which no queue writes, for an entry that the engine finds damaged. */
export function textAt(transaction: Transaction, key: string): string | undefined {
  try {
    return transaction.get(key);
  } catch (error) {
    if ((error as { code?: string }).code === 'MUSTER_CORRUPT_VALUE') return '';
    throw error;
  }
}
