// Where a token is needed: how to get one, a field for it, and what was wrong with the last one.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { access, refusal, sessionEnded, trySignIn } from '../model/console.js';
import { tokenIn } from '../server/sign-in.js';
import { shownLine } from '../text/foreign-text.js';
import { duration, timeOfDay } from '../text/units.js';

export function SignIn() {
  const token = useSignal('');
  const limitedUntil = useSignal(0);
  const now = useSignal(Date.now());
  const refused = refusal.value;

  useEffect(() => {
    if (refused?.is === 'limited') limitedUntil.value = Date.now() + refused.retryAfterMs;
  }, [refused, limitedUntil]);
  useEffect(() => {
    const timer = setInterval(() => (now.value = Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [now]);

  // A token that is right is accepted at any time: nobody can lock out whoever has it.
  const isLimited = refused?.is === 'limited' && now.value < limitedUntil.value;
  const isBusy = access.value === 'signing-in';
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const given = tokenIn(token.value);
    if (given !== '' && !isBusy) void trySignIn(given);
  };
  return (
    <main class="alone">
      <h1>Muster console</h1>
      {sessionEnded.value && !refused && (
        <p role="status">This session has ended: the cluster was started anew.</p>
      )}
      <p>
        This page shows a running cluster, to those who may see it. On its machine, as the user who
        started it, run
      </p>
      <pre class="command">
        <code>muster console</code>
      </pre>
      <p>and open the link that it prints, or paste it here.</p>
      <form onSubmit={submit} class="sign-in">
        <label for="token">Link or token</label>
        <div class="row">
          <input
            id="token"
            type="password"
            autocomplete="off"
            spellcheck={false}
            required
            aria-invalid={refused?.is === 'wrong'}
            aria-describedby="refusal"
            value={token.value}
            onInput={(event) => (token.value = event.currentTarget.value)}
          />
          <button type="submit" class="primary" aria-disabled={isBusy}>
            {isBusy ? 'Opening…' : 'Open'}
          </button>
        </div>
        <p id="refusal" class="problem" role="alert">
          {refused?.is === 'wrong' &&
            'This token is not valid. A token is valid until the cluster is started anew: ask for a new one.'}
          {refused?.is === 'failed' && shownLine(refused.reason)}
          {isLimited && (
            <>
              There were too many wrong tokens. A valid one is accepted at once; try any other again
              at {timeOfDay(limitedUntil.value)}
              {/* Not to be read out each second. */}
              <span aria-hidden="true">, in {duration(limitedUntil.value - now.value + 999)}</span>.
            </>
          )}
        </p>
      </form>
    </main>
  );
}
