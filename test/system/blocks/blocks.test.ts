// Every block of JavaScript or TypeScript on our pages compiles under strict, as a reader who copies it would have it.
import { relative } from 'node:path';
import { expect, test } from 'vitest';
import { codeBlocks, codeBlocksOfDocs } from '../../support/code-blocks.js';
import { sourceFiles } from '../../support/source-files.js';
import { compile } from './compile.js';
import { GIVEN, givenOf } from './given.js';

/** How many blocks say of themselves that they are not code, or not TypeScript as they are. */
const MARKED = { 'not code': 2, 'only JavaScript': 3 };

const WRONG = 'docs/guide/wrong.md';

/** A page with five mistakes, each of another kind, and with as many blocks that have none. */
const wrongPage = `# Wrong
\`\`\`js
import { createSharedStore } from '@muster/core';
const store = createSharedStore({ keyPrefiks: 'a' });
\`\`\`

- In a list:

  \`\`\`ts
  const list: string[] = [];
  const first: string = list[0];
  \`\`\`

\`\`\`js
const { createSharedStore } = require('@muster/core');
createSharedStore().increment(5);
\`\`\`

\`\`\`js
nobody.gives(this);
\`\`\`

\`\`\`js
import { createQueue } from '@muster/queue';
import { createSharedStore } from '@muster/core';
createQueue({ store: createSharedStore(), name: 'mail' }).work((job) => job.data.to);
\`\`\`

<!-- only JavaScript: it is \`createQueue<Mail>()\` in TypeScript -->
\`\`\`js
import { createQueue } from '@muster/queue';
import { createSharedStore } from '@muster/core';
createQueue({ store: createSharedStore(), name: 'mail' }).work((job) => job.data.to);
\`\`\`

<!-- not code: the shape of a config -->

\`\`\`js
{ workers: 4, … }
\`\`\`

\`\`\`js
// given.js
export const given = 5;
\`\`\`

\`\`\`js
import { given } from './given.js';
console.log(given.toFixed());
\`\`\`
`;

test('every block compiles under strict, and one with a mistake does not', async () => {
  const blocks = [...(await codeBlocksOfDocs()), ...codeBlocks(WRONG, wrongPage)];
  const said = await compile(blocks.filter(({ mark }) => mark !== 'not code'));
  const ofWrong = said.filter((line) => line.startsWith(`${WRONG}:`));
  expect(said.filter((line) => !ofWrong.includes(line))).toEqual([]);
  const mistakes = ofWrong.map((line) => line.replace(/^\S+:(\d+): error (TS\d+): .*/s, '$1: $2'));
  // As JavaScript and as TypeScript, each in its own words.
  expect([...new Set(mistakes)]).toEqual([
    '4: TS2561', // an option that there is not
    '11: TS2322', // noUncheckedIndexedAccess
    '16: TS2345', // CommonJS
    '20: TS2304', // a name that nothing gives
    '26: TS18046', // as TypeScript only
  ]);
});

test('few blocks are marked', async () => {
  const marks = (await codeBlocksOfDocs()).map(({ mark }) => mark);
  const count = (wanted: string) => marks.filter((mark) => mark === wanted).length;
  expect({
    'not code': count('not code'),
    'only JavaScript': count('only JavaScript'),
  }).toEqual(MARKED);
});

test('what is given belongs to a page that has blocks', async () => {
  const pages = new Set((await codeBlocksOfDocs()).map(({ page }) => `${givenOf(page)}.ts`));
  const files = (await sourceFiles(GIVEN)).map((file) => relative(GIVEN, file));
  expect(files.filter((file) => !pages.has(file))).toEqual([]);
});
