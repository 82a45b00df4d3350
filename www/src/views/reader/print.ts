/** Printing one message: all of its pages, and nothing of the page around it. */

import type { Message } from 'pop3-wasm';
import { emptyFrame, insideFrame, showInFrame } from '../../lib/frame.ts';
import { sanitise } from '../../lib/html-sanitise.ts';
import '../../lib/english-later.ts';
import { t } from '../../lib/i18n.ts';
import { dates } from './formats.ts';

/** Until a browser has made its pages; some tell nobody when that is. */
const LIFETIME_MS = 600_000;
/** Recipients of each kind that are printed. */
const MOST_RECIPIENTS = 100;

/**
 * Prints a message as it is shown: its HTML, or its text. A frame inside the page would be cut where
 * a sheet of paper ends, so the message gets a frame of its own, which may open the browser's dialog
 * for printing and still runs no scripts.
 */
export function printMessage(
  message: Message,
  { html, remote }: { html: boolean; remote: boolean },
): void {
  const frame = document.createElement('iframe');
  frame.setAttribute('sandbox', 'allow-same-origin allow-modals');
  frame.referrerPolicy = 'no-referrer';
  frame.title = t('reader.print');
  frame.className = 'print';
  frame.src = `./${html && remote ? 'mail-remote' : 'mail'}.html`;
  // Laid out, but out of sight and reach.
  frame.inert = true;
  Object.assign(frame.style, { position: 'fixed', width: '0', height: '0', border: '0' });
  const urls: string[] = [];
  const end = (): void => {
    for (const url of urls) URL.revokeObjectURL(url);
    const inside = insideFrame(frame);
    frame.remove();
    if (inside) emptyFrame(inside.body);
  };
  frame.addEventListener(
    'load',
    () => {
      const inside = insideFrame(frame);
      if (!inside) return end();
      const { window, body } = inside;
      let fragment = document.createDocumentFragment();
      let colours = {};
      if (html) {
        const parts = message.attachments;
        const clean = sanitise(message.html ?? '', window, { parts, remoteImages: remote });
        urls.push(...clean.urls);
        // It belongs to the frame, and never becomes a part of the page's own document.
        ({ fragment, colours } = clean);
      } else {
        const text = document.createElement('pre');
        text.textContent = message.text ?? '';
        fragment.append(text);
      }
      fragment.prepend(envelope(message));
      showInFrame(body, fragment, colours);
      EventTarget.prototype.addEventListener.call(window, 'afterprint', end, { once: true });
      setTimeout(end, LIFETIME_MS);
      void whenLoaded(body).then(() => window.print());
    },
    { once: true },
  );
  document.body.append(frame);
}

/** Subject, people and date, as text. */
function envelope({ subject, from, to, cc, date }: Message): HTMLElement {
  const people = (list: Message['to']): string => {
    const shown = list
      .slice(0, MOST_RECIPIENTS)
      .map(({ name, address }) => (name ? `${name} <${address}>` : address));
    return shown.join(', ');
  };
  const lines: [string, string][] = [
    [t('reader.envelope.from'), people(from)],
    [t('reader.envelope.to'), people(to)],
    [t('reader.envelope.cc'), people(cc)],
    [t('reader.envelope.date'), date === undefined ? '' : dates().long(date)],
  ];
  const head = document.createElement('header');
  const title = document.createElement('h1');
  title.textContent = subject || t('reader.noSubject');
  head.append(title);
  for (const [label, value] of lines) {
    if (value === '') continue;
    const line = document.createElement('div');
    line.textContent = `${label}: ${value}`;
    head.append(line);
  }
  head.append(document.createElement('hr'));
  return head;
}

/** Waits for layout, and for pictures, but for none longer than a few seconds. */
async function whenLoaded(body: HTMLElement): Promise<void> {
  const images = [...Element.prototype.querySelectorAll.call(body, 'img[src]')];
  const decoded = images.map((image) => (image as HTMLImageElement).decode().catch(() => {}));
  const late = new Promise((resolve) => setTimeout(resolve, 5_000));
  await new Promise((resolve) => setTimeout(resolve));
  await Promise.race([Promise.all(decoded), late]);
}
