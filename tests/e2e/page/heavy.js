import { randomBytes } from 'node:crypto';
import { letter } from './mail.js';

const LINE = 'A line of text, and so on.\r\n';

/** A letter of so many octets, which takes its time on the way. */
export function heavy(subject, octets) {
  return letter(subject, { body: LINE.repeat(octets / LINE.length) });
}

/** One that takes up as much room as it has octets: nothing can press it together. */
export function bulky(subject, octets) {
  const base64 = randomBytes((octets * 3) / 4).toString('base64');
  return letter(subject, { body: base64.replace(/.{76}/g, '$&\r\n') });
}
