// The jobs of a queue that failed for good, each of which can be tried again.
import type { FailedJob, FailedJobs } from '@muster/core/console';
import { useSignal } from '@preact/signals';
import { notify } from '../actions/notices.js';
import { reasonOf, retryJob } from '../actions/operations.js';
import { model } from '../model/console.js';
import { Modal } from '../parts/modal.js';
import { shown, shownLine } from '../text/foreign-text.js';
import { moment } from '../text/units.js';
import { usePolled } from './polled.js';

const EVERY_MS = 10_000;

export function FailedJobsDialog({
  queue,
  onClose,
  onRetry,
}: {
  queue: string;
  onClose(): void;
  onRetry(): void;
}) {
  const path = `api/queue/${encodeURIComponent(queue)}/failed`;
  const { answer, problem, refresh } = usePolled<FailedJobs>(path, EVERY_MS);
  const retried = () => {
    refresh();
    onRetry();
  };
  return (
    <Modal title={`Failed jobs of ${shownLine(queue, 80)}`} kind="sheet" onClose={onClose}>
      <div class="dialog-body">
        {problem && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        {answer?.jobs.length === 0 && <p class="empty">There is none any more.</p>}
        <ol class="jobs">
          {answer?.jobs.map((job) => (
            <Job key={job.id} queue={queue} job={job} onRetry={retried} />
          ))}
        </ol>
        {answer?.more && <p class="muted">These are the oldest; there are more.</p>}
      </div>
    </Modal>
  );
}

function Job({ queue, job, onRetry }: { queue: string; job: FailedJob; onRetry(): void }) {
  const isBusy = useSignal(false);
  const readOnly = model.hello.value?.readOnly;
  const retry = async () => {
    if (isBusy.value || readOnly) return;
    isBusy.value = true;
    try {
      const known = await retryJob(queue, job.id);
      const id = shownLine(job.id, 60);
      notify('info', known ? `Job ${id} is tried again.` : `Job ${id} is not there any more.`);
      onRetry();
    } catch (error) {
      notify('error', reasonOf(error));
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <li>
      <div class="row">
        <strong class="mono">{shownLine(job.id, 120)}</strong>
        <button
          type="button"
          aria-label={`Retry job ${shownLine(job.id, 120)}`}
          aria-disabled={isBusy.value || readOnly}
          title={readOnly ? 'This console is read-only.' : undefined}
          onClick={retry}
        >
          Retry
        </button>
      </div>
      <p class="muted">
        {job.failedAt !== undefined && `failed at ${moment(job.failedAt, model.now())}, `}
        {job.attempts} of {job.maxAttempts} attempts
      </p>
      {job.error && (
        <p class="is-error">
          {shownLine(job.error.name, 80)}: {shown(job.error.message, 1_000)}
          {job.error.code && ` (${shownLine(job.error.code, 60)})`}
        </p>
      )}
    </li>
  );
}
