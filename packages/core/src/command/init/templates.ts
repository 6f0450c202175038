// The texts of the files that `muster init` writes.

/** JavaScript that is TypeScript as well. Without `await` at the top, which CommonJS does not have. */
const BODY = `
const store = createSharedStore(); // one for all workers: files in .muster, or Redis when REDIS_URL is set
const bus = createBus();
bus.on('visited', ({ visits }) => console.log(\`process \${process.pid} heard of visit \${visits}\`));

const server = createServer(async (req, res) => {
  try {
    const visits = await store.increment('visits');
    bus.broadcast('visited', { visits });
    res.end(\`visit \${visits}, answered by process \${process.pid}\\n\`);
  } catch (error) {
    console.error(error);
    res.writeHead(503).end('try again later\\n');
  }
});

// If the store cannot be opened, or Redis be reached within five seconds, the start fails with the reason.
store.ready().then(() => server.listen(process.env.PORT ?? 3000));
`;

export function serverText(requires: boolean): string {
  const load = (names: string, from: string) =>
    requires ? `const ${names} = require('${from}');\n` : `import ${names} from '${from}';\n`;
  const imports = [
    load('{ createServer }', 'node:http'),
    load('{ createBus, createSharedStore }', '@muster/core'),
  ];
  return imports.join('') + BODY;
}

export function tsconfigText(source: string): string {
  const compilerOptions = {
    target: 'es2023',
    // It knows that CommonJS may require an ES module, as Node does since 20.19.
    module: 'nodenext',
    outDir: 'dist',
    rootDir: '.',
    types: ['node'],
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
  };
  return `${JSON.stringify({ compilerOptions, include: [source] }, null, 2)}\n`;
}

/** The store is data. */
export const GITIGNORE = `node_modules
.muster
dist
`;
