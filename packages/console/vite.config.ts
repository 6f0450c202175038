// Builds the page into `static`: index.html, and files below `assets` whose names have the hash of their content.
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  // The page does not know where it is mounted.
  base: './',
  logLevel: 'warn',
  build: {
    outDir: 'static',
    target: 'es2022',
    // No data: URL for scripts and styles, and no inline script for old browsers: the server's policy forbids both.
    assetsInlineLimit: 0,
    modulePreload: false,
    // The libraries inside ask that their notices go along.
    license: { fileName: 'assets/licenses.md' },
  },
});
