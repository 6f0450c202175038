// A member in a sentence.
import type { Member } from '../bus.js';
import { hostOf } from './machine.js';

export function memberText(member: Member): string {
  const { slot, generation, role, machine } = member;
  const where = hostOf(member) === undefined ? '' : ` on ${machine}`;
  if (slot === 'primary') return `the primary${where}`;
  return `the ${role === 'worker' ? 'worker' : `'${role}' worker`} in slot ${slot}${where} (generation ${generation})`;
}
