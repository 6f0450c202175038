// What somebody should see before anything else.
import type { ClusterStatus } from '@muster/core/console';
import { connection, model } from '../model/console.js';
import { shown, shownLine } from '../text/foreign-text.js';
import { duration, moment } from '../text/units.js';

export function Banners() {
  const status = model.status.value;
  if (!status) return null;
  return (
    <div class="banners">
      <ConnectionBanner />
      {status.degraded && connection.value.state !== 'ended' && (
        <DegradedBanner degraded={status.degraded} />
      )}
      {status.unavailable?.map(({ name, reason }) => (
        <p key={name} class="banner is-warn">
          <strong>{shownLine(name, 60)} is off</strong> until the primary is restarted:{' '}
          {shownLine(reason)}
        </p>
      ))}
    </div>
  );
}

function DegradedBanner({ degraded }: { degraded: NonNullable<ClusterStatus['degraded']> }) {
  // The age goes on.
  model.tick.value;
  const { slots, since, reason } = degraded;
  return (
    <div class="banner is-error" role="alert">
      <strong>Degraded</strong> {slots.length === 1 ? 'slot' : 'slots'} {slotList(slots)} for{' '}
      <span aria-hidden="true">{duration(model.now() - since)}</span>: {shown(reason, 500)}
    </div>
  );
}

function ConnectionBanner() {
  const { state, reason } = connection.value;
  const shownAt = model.status.value?.receivedAt ?? 0;
  if (state === 'ended') {
    return (
      <p class="banner" role="status">
        <strong>The cluster has ended.</strong> What you see is how it was at{' '}
        {moment(shownAt, Date.now())}. When it runs again, open the link that{' '}
        <code>muster console</code> prints.
      </p>
    );
  }
  if (state !== 'lost') return null;
  return (
    <p class="banner is-warn" role="alert">
      <strong>The connection is lost.</strong> {reason && shownLine(reason)} What you see is how the
      cluster was at {moment(shownAt, Date.now())}. The page goes on trying.
    </p>
  );
}

function slotList(slots: readonly number[]): string {
  const first = slots.slice(0, 8).join(', ');
  return slots.length > 8 ? `${first} and ${slots.length - 8} more` : first;
}
