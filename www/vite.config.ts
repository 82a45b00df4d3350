import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/** A proxy started by `cargo xtask demo`, for `npx vite` with live reload. */
const DEVELOPMENT_PROXY = 'http://127.0.0.1:8110';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Relative addresses, so that the page also works below a path of another site.
  base: './',
  build: {
    // All of these know light-dark(), import attributes and Trusted Types or ignore them safely.
    target: ['chrome125', 'edge125', 'firefox128', 'safari18'],
    outDir: 'dist',
    emptyOutDir: true,
    assetsDir: 'assets',
    // The page's policy has no `data:` for scripts or fonts, and a cached file is cheaper.
    assetsInlineLimit: 0,
    // The polyfill would be an inline script; every browser named above preloads by itself.
    modulePreload: { polyfill: false },
    // The help links to it.
    license: { fileName: 'third-party-licenses.md' },
  },
  worker: { format: 'es' },
  server: {
    proxy: {
      // As a request of the proxy's own page: it lets in no other.
      '/pop3': { target: DEVELOPMENT_PROXY, ws: true, changeOrigin: true, rewriteWsOrigin: true },
      '/servers.json': DEVELOPMENT_PROXY,
    },
  },
  // Linked from the workspace: served as it stands, so that its `import.meta.url` stays true.
  optimizeDeps: { exclude: ['pop3-wasm'] },
});
