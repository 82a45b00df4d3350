import { PDFWorker, getDocument, type PDFDocumentProxy } from 'pdfjs-dist';
import type { PdfDocument } from '../lib/pdf-document.ts';
import { startPdfWorker } from './start-pdf.ts';

/** Below the page, the folder of what pdf.js fetches when a file needs it. Filled in by the build. */
declare const PDF_DATA: string;

/** A page that takes longer is meant to. */
const PATIENCE_MS = 20_000;
/** Pixels of a canvas: more is no sharper, and phones refuse it. */
const MOST_PIXELS = 8_000_000;
const MOST_IMAGE_PIXELS = 32_000_000;
const LONGEST_TEXT = 100_000;

/**
 * Opens a PDF file in a worker of its own, which ends with it. Nothing in the file runs: the library
 * has no `eval` any more, its sandbox for a file's scripts is not part of this page, and forms and
 * links are not made, only drawn. Fonts are drawn as shapes, so that none of a stranger's reaches
 * the browser.
 */
export async function openPdf(octets: Uint8Array): Promise<PdfDocument> {
  const port = startPdfWorker();
  const worker = PDFWorker.create({ port });
  const data = new URL(PDF_DATA, document.baseURI).href;
  const task = getDocument({
    // The library takes the octets away from whoever gave them.
    data: octets.slice(),
    worker,
    disableFontFace: true,
    useSystemFonts: false,
    standardFontDataUrl: `${data}standard_fonts/`,
    cMapUrl: `${data}cmaps/`,
    iccUrl: `${data}iccs/`,
    wasmUrl: `${data}wasm/`,
    useWorkerFetch: false,
    enableXfa: false,
    isOffscreenCanvasSupported: false,
    stopAtErrors: false,
    maxImageSize: MOST_IMAGE_PIXELS,
    verbosity: 0,
  });
  const close = (): void => {
    void task.destroy();
    port.terminate();
  };
  try {
    const file = await inTime(task.promise);
    return { pages: file.numPages, close, draw: drawer(file), textOf: reader(file) };
  } catch (thrown) {
    close();
    throw thrown;
  }
}

function drawer(file: PDFDocumentProxy): PdfDocument['draw'] {
  return async (number, canvas, width, density) => {
    const page = await inTime(file.getPage(number));
    const { width: own, height } = page.getViewport({ scale: 1 });
    const wanted = (width * density) / own;
    const scale = Math.min(wanted, Math.sqrt(MOST_PIXELS / (own * height)));
    if (!(scale > 0)) throw new RangeError('a page without a size');
    const viewport = page.getViewport({ scale });
    canvas.width = Math.max(1, Math.floor(viewport.width));
    canvas.height = Math.max(1, Math.floor(viewport.height));
    const task = page.render({ canvas, viewport, annotationMode: 1 });
    try {
      await inTime(task.promise);
    } finally {
      task.cancel();
      page.cleanup();
    }
  };
}

function reader(file: PDFDocumentProxy): PdfDocument['textOf'] {
  return async (number) => {
    const page = await inTime(file.getPage(number));
    const { items } = await inTime(page.getTextContent());
    const text = items.map((item) => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : ''));
    return text.join('').slice(0, LONGEST_TEXT);
  };
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('too slow')), PATIENCE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
