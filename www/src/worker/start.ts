import mailUrl from './mail.worker.ts?worker&url';
import parserUrl from './parser.worker.ts?worker&url';
import { trustedWorkerUrl } from '../lib/trusted.ts';

const KNOWN = [mailUrl, parserUrl];

export function startMailWorker(): Worker {
  return start(mailUrl, 'mail');
}

export function startParserWorker(): Worker {
  return start(parserUrl, 'parser');
}

function start(url: string, name: string): Worker {
  return new Worker(trustedWorkerUrl(url, KNOWN), { type: 'module', name });
}
