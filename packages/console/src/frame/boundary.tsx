// What is left when a view fails: why, and a way to go on.
import type { ComponentChildren } from 'preact';
import { useErrorBoundary } from 'preact/hooks';
import { shown } from '../text/foreign-text.js';

export function Boundary({ children }: { children: ComponentChildren }) {
  const [error] = useErrorBoundary();
  if (error === undefined) return <>{children}</>;
  return (
    <main class="alone">
      <h1>This page has failed</h1>
      <p class="problem" role="alert">
        {shown(String(error), 500)}
      </p>
      <button type="button" onClick={() => location.reload()}>
        Load it again
      </button>
    </main>
  );
}
