import { wrap, type Remote } from 'comlink';
import type { Message } from 'pop3-wasm';
import { failed, success, type Failure, type Outcome } from '../lib/outcome.ts';
import type { Calendar } from '../lib/calendar.ts';
import type { Contacts } from '../lib/contacts.ts';
import type { PdfDocument } from '../lib/pdf-document.ts';
import type { PackedFile } from '../lib/tnef.ts';
import type { ParserWorker } from './parser-protocol.ts';

/** No honest message takes this long; one that does has sent the parser in circles. */
const PATIENCE_MS = 20_000;

const UNPARSED: Failure = { code: 'parse-failed', blame: 'package' };

/** Calendars and contacts are small, and messages wait behind them. */
const PATIENCE_FOR_CARDS_MS = 4_000;

interface Running {
  worker: Worker;
  remote: Remote<ParserWorker>;
  died: Promise<void>;
}

interface Job {
  patience: number;
  run: (remote: Remote<ParserWorker>) => Promise<Outcome<unknown>>;
  done: (outcome: Outcome<unknown>) => void;
}

/**
 * The parser worker, seen from the page. One message at a time, so that it is known which one
 * stopped it; a worker that trapped or hung is replaced, and the others go on.
 */
export class ParserClient implements ParserWorker {
  readonly #start: () => Worker;
  readonly #patience: number;
  #worker: Running | undefined;
  /** An opened message, which somebody waits for, goes before what is read beside. */
  readonly #urgent: Job[] = [];
  readonly #patient: Job[] = [];
  #busy = false;

  constructor(start: () => Worker, patience = PATIENCE_MS) {
    this.#start = start;
    this.#patience = patience;
  }

  parse(octets: Uint8Array): Promise<Outcome<Message>> {
    return this.#ask(this.#urgent, (remote) => remote.parse(octets));
  }

  readCalendar(text: string): Promise<Outcome<Calendar>> {
    return this.#ask(this.#patient, (remote) => remote.readCalendar(text), PATIENCE_FOR_CARDS_MS);
  }

  readContacts(text: string): Promise<Outcome<Contacts>> {
    return this.#ask(this.#patient, (remote) => remote.readContacts(text), PATIENCE_FOR_CARDS_MS);
  }

  unpack(octets: Uint8Array): Promise<Outcome<PackedFile[]>> {
    return this.#ask(this.#patient, (remote) => remote.unpack(octets), PATIENCE_FOR_CARDS_MS);
  }

  /** A PDF file has a library and a worker of its own, loaded by the first one. */
  async openPdf(octets: Uint8Array): Promise<Outcome<PdfDocument>> {
    try {
      const { openPdf } = await import('./pdf.ts');
      return success(await openPdf(octets));
    } catch {
      return failed(UNPARSED);
    }
  }

  #ask<T>(
    queue: Job[],
    run: (remote: Remote<ParserWorker>) => Promise<Outcome<T>>,
    patience = this.#patience,
  ): Promise<Outcome<T>> {
    return new Promise((resolve) => {
      queue.push({ run, patience, done: resolve as Job['done'] });
      void this.#work();
    });
  }

  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    for (;;) {
      const job = this.#urgent.shift() ?? this.#patient.shift();
      if (job === undefined) break;
      job.done(await this.#attempt(job));
    }
    this.#busy = false;
  }

  async #attempt(job: Job): Promise<Outcome<unknown>> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      const worker = (this.#worker ??= this.#startWorker());
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, job.patience);
      });
      const dead = Promise.race([worker.died, late]).then(() => undefined);
      const outcome = await Promise.race([job.run(worker.remote), dead]);
      if (outcome !== undefined && (outcome.ok || outcome.failure.code === 'parse-failed')) {
        return outcome;
      }
    } catch {
      // The worker could not be started, or what it answered could not be cloned.
    } finally {
      clearTimeout(timer);
    }
    // After a trap the module's memory is not to be trusted: the next message gets a new one.
    this.#worker?.worker.terminate();
    this.#worker = undefined;
    return failed(UNPARSED);
  }

  #startWorker(): Running {
    const worker = this.#start();
    const died = new Promise<void>((resolve) => {
      worker.addEventListener('error', (event) => {
        event.preventDefault();
        resolve();
      });
    });
    return { worker, remote: wrap<ParserWorker>(worker), died };
  }
}
