/**
 * Spans of OpenTelemetry for what Muster does, and one trace across processes: the receiver of a request, of a message or of a job
 * continues the trace of its sender.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { optionsFault, shown } from '@muster/codec/options';
import { timeOfDay } from '@muster/codec/timers';
import type { TracedOperation } from '@muster/codec/tracing';
import { InvalidOptionError, type StoreCall } from '@muster/store';
import type * as Api from '@opentelemetry/api';
import { attributesOf, isSending, KINDS } from './opentelemetry/conventions.js';
import { codeOf } from './opentelemetry/failures.js';
import { formatTraceparent, parseTraceparent } from './opentelemetry/traceparent.js';
import { requirePeer } from './shared/peer.js';

export interface TraceOptions {
  /** Default: the global one, also if it is registered later. */
  tracerProvider?: Api.TracerProvider | undefined;
}

const OPTIONS = { known: new Set(['tracerProvider']), meant: () => 'write { tracerProvider }' };

/**
 * Traces all buses, queues and stores of this process. Call it once in every process, after the SDK was started: trace context
 * needs its context manager.
 *
 * @example
 * const stop = traceMuster();
 *
 * @returns a function that ends it.
 * @throws InvalidOptionError, MissingPeerError if @opentelemetry/api is not installed.
 */
export function traceMuster(options: TraceOptions = {}): () => void {
  const api = requirePeer<typeof Api>('opentelemetry', '@opentelemetry/api');
  const tracer = providerOf(options, api).getTracer('@muster/adapters');
  const onOperation = (message: unknown) => traceOperation(api, tracer, message as TracedOperation);
  const onStoreCall = (message: unknown) => traceStoreCall(api, tracer, message as StoreCall);
  subscribe('muster:trace', onOperation);
  subscribe('muster:store:call', onStoreCall);
  return () => {
    unsubscribe('muster:trace', onOperation);
    unsubscribe('muster:store:call', onStoreCall);
  };
}

/** @throws InvalidOptionError */
function providerOf(options: TraceOptions, api: typeof Api): Api.TracerProvider {
  const fault = optionsFault('traceMuster()', options, OPTIONS);
  if (fault !== undefined) throw new InvalidOptionError(fault);
  const { tracerProvider = api.trace } = options;
  if (typeof tracerProvider?.getTracer === 'function') return tracerProvider;
  throw new InvalidOptionError(
    `tracerProvider of traceMuster() has getTracer(), and is not ${shown(tracerProvider)}`,
  );
}

/** Makes the operation run in a span of its own. */
function traceOperation(api: typeof Api, tracer: Api.Tracer, traced: TracedOperation): void {
  const { operation, name, received, run } = traced;
  traced.run = () => {
    const sent = parseTraceparent(received);
    // What is received may come in a step that something else began: only its sender says to which trace it belongs.
    const around = isSending(operation) ? api.context.active() : api.ROOT_CONTEXT;
    const parent = sent === undefined ? around : api.trace.setSpanContext(around, sent);
    const options = { kind: KINDS[operation], attributes: attributesOf(operation, name) };
    const span = tracer.startSpan(`${operation} ${name}`, options, parent);
    const note = isSending(operation) ? formatTraceparent(span.spanContext()) : undefined;
    const fail = (error: unknown) => endFailed(api, span, codeOf(error));
    try {
      const result = api.context.with(api.trace.setSpan(parent, span), run, undefined, note);
      if (result instanceof Promise) result.then(() => span.end(), fail);
      else span.end();
      return result;
    } catch (error) {
      fail(error);
      throw error;
    }
  };
}

/** A call of the store tells of itself when it has ended. */
function traceStoreCall(api: typeof Api, tracer: Api.Tracer, told: StoreCall): void {
  const { call, engine, durationMs, outcome } = told;
  const endedAt = timeOfDay();
  const span = tracer.startSpan(call, {
    kind: api.SpanKind.CLIENT,
    startTime: new Date(endedAt - durationMs),
    attributes: { 'db.system.name': `muster.${engine}`, 'db.operation.name': call },
  });
  if (outcome === 'ok') span.end(endedAt);
  else endFailed(api, span, outcome === 'error' ? '_OTHER' : outcome, endedAt);
}

/** Without the message of the error, in which there may be keys or values. */
function endFailed(api: typeof Api, span: Api.Span, code: string, endedAt?: number): void {
  span.setAttribute('error.type', code);
  span.setStatus({ code: api.SpanStatusCode.ERROR });
  span.end(endedAt);
}
