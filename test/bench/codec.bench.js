// The codec against JSON, which it adds its checks to, and against superjson, which it spares most values.
// @ts-check

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { decode, encode, fromWire, toWire } from '@muster/codec';
import { interleaved } from './measure.js';

// superjson is a dependency of the codec alone.
const resolve = createRequire(
  new URL('../../packages/codec/package.json', import.meta.url),
).resolve;
/** @type {{ SuperJSON: new () => { stringify(value: unknown): string, parse(text: string): unknown } }} */
const { SuperJSON } = await import(pathToFileURL(resolve('superjson')).href);
const superjson = new SuperJSON();

const session = {
  cookie: {
    originalMaxAge: 3_600_000,
    expires: '2030-01-01T00:00:00.000Z',
    httpOnly: true,
    path: '/',
    sameSite: 'lax',
  },
  user: {
    id: 'u_1234567890',
    name: 'Ada Lovelace',
    email: 'ada@example.org',
    roles: ['admin', 'editor'],
    settings: {
      theme: 'dark',
      language: 'en',
      zone: 'Europe/London',
      notify: { email: true, push: false, sms: null },
    },
  },
  cart: Array.from({ length: 8 }, (_, n) => ({
    sku: `SKU-${n}`,
    count: n + 1,
    price: 9.99 * n + 1,
    name: `Product number ${n}`,
    options: { size: 'M', color: 'red' },
  })),
  flash: [],
  csrf: 'a'.repeat(40),
  lastSeen: 1_700_000_000_000,
  views: 17,
};

/** @type {Record<string, unknown>} */
const plain = {
  'event { visits }': { visits: 12 },
  'message of four fields and a list': { id: 42, name: 'ada', active: true, tags: ['a', 'b'] },
  'session, 1.3 KB': session,
  '200 rows, 11 KB': Array.from({ length: 200 }, (_, n) => ({
    id: n + 1,
    name: `row ${n}`,
    ok: true,
    score: n / 7 + 1,
  })),
  'text of 1 KB': 'x'.repeat(1_000),
  'list of 50 integers': Array.from({ length: 50 }, (_, n) => n * 3),
  'list of 10,000 integers': Array.from({ length: 10_000 }, (_, n) => n * 3),
};

/** @type {Record<string, unknown>} */
const rich = {
  'message with a Date': { id: 42, name: 'ada', at: new Date() },
  'session with a Date': { ...session, lastSeen: new Date() },
  '200 rows in a Map': new Map([['rows', plain['200 rows, 11 KB']]]),
};

const bytes = Buffer.alloc(10_000, 'muster');

/** @param {import('./report.js').Report} report */
export default async function (report) {
  report.section('plain: encode + decode against JSON.stringify + JSON.parse');
  for (const [what, value] of Object.entries(plain)) {
    const { ours, json } = await interleaved({
      ours: () => decode(encode(value)),
      json: () => JSON.parse(JSON.stringify(value)),
    });
    report.compare({ what, ours, baseline: json, unit: 'ns', target: { atMost: 1.3 } });
  }

  report.section('plain: toWire + JSON + fromWire against JSON alone, as the IPC channel has it');
  for (const [what, value] of Object.entries(plain)) {
    const { ours, json } = await interleaved({
      ours: () => fromWire(JSON.parse(JSON.stringify(toWire(value)))),
      json: () => JSON.parse(JSON.stringify(value)),
    });
    report.compare({ what, ours, baseline: json, unit: 'ns', target: { atMost: 1.3 } });
  }

  report.section('plain: encode + decode against superjson');
  for (const [what, value] of Object.entries(plain)) {
    const { ours, theirs } = await interleaved({
      ours: () => decode(encode(value)),
      theirs: () => superjson.parse(superjson.stringify(value)),
    });
    const isSession = value === session;
    const target = isSession ? { target: { atLeast: 3 } } : {};
    report.compare({ what, ours, baseline: theirs, unit: 'ns', ...target });
  }

  report.section('rich: encode + decode against superjson');
  for (const [what, value] of Object.entries(rich)) {
    const { ours, theirs } = await interleaved({
      ours: () => decode(encode(value)),
      theirs: () => superjson.parse(superjson.stringify(value)),
    });
    report.compare({ what, ours, baseline: theirs, unit: 'ns' });
  }

  report.section('bytes: a Buffer of 10 KB, against what JSON makes of it');
  const { ours, json } = await interleaved({
    ours: () => decode(encode(bytes)),
    json: () => Buffer.from(JSON.parse(JSON.stringify(bytes))),
  });
  report.compare({ what: 'encode + decode', ours, baseline: json, unit: 'ns' });
  report.row({ what: 'length of the text', value: encode(bytes).length, unit: 'characters' });
}
