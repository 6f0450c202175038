// Trace context as it travels: version 00 of w3.org/TR/trace-context. Nothing else travels: no tracestate, and no baggage.
import type { SpanContext } from '@opentelemetry/api';

const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;
const SAMPLED = 1;

/** @returns `undefined` for a span that is not recorded, and so has no ids. */
export function formatTraceparent(span: SpanContext): string | undefined {
  const flags = span.traceFlags & SAMPLED;
  const text = `00-${span.traceId}-${span.spanId}-0${flags}`;
  return TRACEPARENT.test(text) ? text : undefined;
}

/** @returns `undefined` for any other text: it may come from another process. */
export function parseTraceparent(text: string | undefined): SpanContext | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(text ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & SAMPLED, isRemote: true };
}
