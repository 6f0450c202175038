// The files of a Next app that counts how often what it caches is made: by `fetch`, `unstable_cache`, `'use cache'` and in a page.

export const APP = {
  'package.json': `{ "type": "module" }
`,
  'server.js': `import { createServer } from 'node:http';
import next from 'next';

const app = next({ dev: false, dir: import.meta.dirname });
await app.prepare();
createServer(app.getRequestHandler()).listen(Number(process.env.PORT), '127.0.0.1');
`,
  'lib/counts.js': `import { cacheLife, cacheTag, unstable_cache } from 'next/cache';

const ask = async (name) => (await fetch(process.env.COUNTER + '/' + name, { cache: 'no-store' })).text();

export const fetched = async () => (await fetch(process.env.COUNTER + '/fetched', { next: { tags: ['counts'], revalidate: 3600 } })).text();

export const unstable = unstable_cache(() => ask('unstable'), ['unstable'], { tags: ['counts'], revalidate: 3600 });

export async function used() {
  'use cache';
  cacheTag('counts');
  cacheLife('hours');
  return ask('used');
}

export async function shown() {
  'use cache';
  cacheTag('counts');
  cacheLife('hours');
  return ask('shown');
}
`,
  'app/layout.js': `export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
`,
  'app/page/page.js': `import { shown } from '../../lib/counts.js';
export default async function Page() {
  return <p>{'count ' + (await shown())}</p>;
}
`,
  'app/api/[name]/route.js': `import { connection } from 'next/server';
import * as counts from '../../../lib/counts.js';

export async function GET(_, { params }) {
  await connection();
  const { name } = await params;
  return Response.json({ count: await counts[name](), pid: process.pid });
}
`,
  'app/api/visits/route.js': `import { createSharedStore } from '@muster/core';
import { connection } from 'next/server';

const store = createSharedStore();

export async function GET() {
  await connection();
  return Response.json({ visits: await store.increment('visits') });
}
`,
  'app/api/revalidate/route.js': `import { revalidateTag } from 'next/cache';

export async function POST() {
  revalidateTag('counts', { expire: 0 });
  return Response.json({ pid: process.pid });
}
`,
};
