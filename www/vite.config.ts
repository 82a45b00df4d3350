import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import { catalogues } from './catalogues.ts';
import { pdfData } from './pdf-data.ts';
import { precompressed } from './precompress.ts';
import { serviceWorker } from './service-worker.ts';

/** A proxy started by `cargo xtask demo`, for `npx vite` with live reload. */
const DEVELOPMENT_PROXY = 'http://127.0.0.1:8110';

/** What the page or a worker begins with is loaded whole anyway, and compresses best in one file. */
const BEGINNING_IN_ONE: { groups: { name: string; tags: ['$initial'] }[] } = {
  groups: [{ name: 'first', tags: ['$initial'] }],
};

/** The help links to it. */
const LICENCES = 'third-party-licenses.md';

/**
 * The frame of a message once more, under a second name: the proxy sends that one with a policy
 * that lets images from elsewhere in.
 */
function secondFrame(): Plugin {
  const fileName = 'mail-remote.html';
  return {
    name: 'second-frame',
    configureServer({ middlewares }) {
      middlewares.use((request, _response, next) => {
        if (request.url === `/${fileName}`) request.url = '/mail.html';
        next();
      });
    },
    generateBundle() {
      const source = readFileSync(new URL('public/mail.html', import.meta.url));
      this.emitFile({ type: 'asset', fileName, source });
    },
  };
}

/** What is said of the licences of the crates in the modules, behind that of the page's packages. */
function cratesInLicences(): Plugin {
  return {
    name: 'crates-in-licences',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const file = bundle[LICENCES];
        if (file?.type !== 'asset') throw new Error(`there is no ${LICENCES}`);
        const path = new URL(`../client-wasm/dist/${LICENCES}`, import.meta.url);
        file.source = `${String(file.source)}\n${readFileSync(path, 'utf8')}`;
      },
    },
  };
}

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Relative addresses, so that the page also works below a path of another site.
  base: './',
  plugins: [
    catalogues(),
    secondFrame(),
    pdfData(),
    cratesInLicences(),
    serviceWorker(),
    precompressed(),
  ],
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
    rolldownOptions: { output: { codeSplitting: BEGINNING_IN_ONE } },
    license: { fileName: LICENCES },
  },
  worker: {
    format: 'es',
    rolldownOptions: { output: { codeSplitting: BEGINNING_IN_ONE } },
  },
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
