import type { Attachment } from 'pop3-wasm';
import { isRaster } from './html-policy.ts';

/** How an attachment can be looked at; its type is a claim, and each of these bears a lie. */
export type AttachmentKind =
  'image' | 'text' | 'pdf' | 'message' | 'calendar' | 'contact' | 'winmail' | 'other';

const MESSAGES = ['message/rfc822', 'message/global'];
const CONTACTS = ['text/vcard', 'text/x-vcard', 'text/directory'];
const WINMAIL = ['application/ms-tnef', 'application/vnd.ms-tnef'];
/** Shown as the characters that they are, these too: never run, never rendered. */
const TEXTS =
  /^(?:text\/.*|application\/(?:json|xml|javascript|x-sh|x-yaml|toml|sql)|.*\+(?:xml|json)|message\/(?:delivery-status|disposition-notification|headers|external-body)|text\/rfc822-headers)$/;

/** What may be shown of something in our origin: rasters, text as text, pages drawn on a canvas. */
export function attachmentKind({
  type,
  name = '',
}: Pick<Attachment, 'type' | 'name'>): AttachmentKind {
  if (MESSAGES.includes(type)) return 'message';
  if (type === 'text/calendar') return 'calendar';
  if (CONTACTS.includes(type)) return 'contact';
  if (WINMAIL.includes(type) || name.toLowerCase() === 'winmail.dat') return 'winmail';
  if (isRaster(type)) return 'image';
  if (type === 'application/pdf' || type === 'application/x-pdf') return 'pdf';
  // An SVG is a document that can run scripts: its source is text, it is never an image here.
  if (TEXTS.test(type)) return 'text';
  // Many senders know no type but this, and leave it to the name.
  if (type === 'application/octet-stream') return kindByName(name);
  return 'other';
}

function kindByName(name: string): AttachmentKind {
  if (/\.pdf$/i.test(name)) return 'pdf';
  if (/\.(?:txt|log|csv|md|json|xml|ya?ml|toml|ini|conf|patch|diff)$/i.test(name)) return 'text';
  if (/\.eml$/i.test(name)) return 'message';
  if (/\.ics$/i.test(name)) return 'calendar';
  if (/\.vcf$/i.test(name)) return 'contact';
  return 'other';
}

const EXTENSIONS: Readonly<Record<string, string>> = {
  'message/rfc822': '.eml',
  'message/global': '.eml',
  'text/plain': '.txt',
  'text/calendar': '.ics',
  'text/vcard': '.vcf',
  'text/x-vcard': '.vcf',
  'application/pdf': '.pdf',
  'image/png': '.png',
  'image/jpeg': '.jpg',
  'image/gif': '.gif',
};

/** For parts without a name: the few types that are common there. */
export function extensionOf(type: string): string {
  return Object.hasOwn(EXTENSIONS, type) ? (EXTENSIONS[type] ?? '') : '';
}

/** For files without a type. */
export function typeOfName(name: string): string {
  const extension = /\.\w+$/.exec(name)?.[0].toLowerCase().replace('.jpeg', '.jpg');
  const known = Object.entries(EXTENSIONS).find(([, one]) => one === extension);
  return known?.[0] ?? 'application/octet-stream';
}
