import url from 'pdfjs-dist/build/pdf.worker.min.mjs?worker&url';
import { trustedWorkerUrl } from '../lib/trusted.ts';

/** Apart from the other workers, so that its address is loaded with its library alone. */
export function startPdfWorker(): Worker {
  return new Worker(trustedWorkerUrl(url, [url]), { type: 'module', name: 'pdf' });
}
