import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Plugin } from 'vite';

const LIBRARY = dirname(createRequire(import.meta.url).resolve('pdfjs-dist/package.json'));
const { version } = JSON.parse(readFileSync(join(LIBRARY, 'package.json'), 'utf8')) as {
  version: string;
};

/** Below the page. The version makes it a name whose content never changes. */
export const PDF_DATA = `assets/pdf-${version}/`;

/**
 * By folder, what pdf.js fetches when a file needs it: the fonts that PDF files may use without
 * having them, the character maps of East Asian ones, colour profiles, and decoders of scanned pages.
 */
const FOLDERS: Record<string, RegExp> = {
  standard_fonts: /\.(ttf|pfb)$/,
  cmaps: /\.bcmap$/,
  iccs: /\.icc$/,
  wasm: /\.wasm$/,
};

/** The files of one folder, with the licences among them. */
function* files(): Generator<string> {
  for (const [folder, wanted] of Object.entries(FOLDERS)) {
    for (const name of readdirSync(join(LIBRARY, folder)).sort()) {
      if (wanted.test(name) || name.startsWith('LICENSE')) yield `${folder}/${name}`;
    }
  }
}

/** Serves these files below the page, and tells it where by the constant `PDF_DATA`. */
export function pdfData(): Plugin {
  const read = (path: string): Buffer => readFileSync(join(LIBRARY, path));
  return {
    name: 'pdf-data',
    config: () => ({ define: { PDF_DATA: JSON.stringify(PDF_DATA) } }),
    configureServer({ middlewares }) {
      const served = new Set(files());
      middlewares.use((request, response, next) => {
        const path = request.url?.split(`/${PDF_DATA}`)[1] ?? '';
        if (served.has(path)) response.end(read(path));
        else next();
      });
    },
    generateBundle() {
      for (const path of files()) {
        this.emitFile({ type: 'asset', fileName: PDF_DATA + path, source: read(path) });
      }
    },
  };
}
