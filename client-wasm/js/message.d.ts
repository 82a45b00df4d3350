/**
 * pop3-wasm/message: messages taken apart, without the client.
 *
 * Results are plain objects that survive `structuredClone`. What is marked "lazily" is made when it
 * is first looked at, from the octets that were parsed: leave those as they are until then. A message
 * that cannot be taken apart at that look throws `parse-failed`. What turns out to be absent then goes
 * from the object, so ask for its value, not whether it has the property.
 */

import type { WasmSource } from './index.js';

export { Pop3Error } from './index.js';
export type { WasmSource } from './index.js';

/**
 * Loads the WebAssembly module for messages, which is another than the client's, once. Calling it
 * is optional, and calling it again is harmless.
 */
export function init(source?: WasmSource): Promise<void>;

/** Loads that module at once, as `initSync` of `pop3-wasm` does with the client's. */
export function initSync(source: ArrayBuffer | Uint8Array | WebAssembly.Module): void;

/**
 * Takes a message apart (RFC 5322, MIME): its header at once, the rest lazily. Any octets give an
 * answer: what cannot be read is left out. More than 512 MiB are `limit-exceeded`. Header octets
 * alone (from `top(n, 0)`) do as well.
 */
export function parseMessage(octets: Uint8Array): Promise<Message>;

/** One mailbox of an address field (RFC 5322 section 3.4). */
export interface Address {
  /** Display name, decoded; absent if none was given. */
  name?: string;
  /** `local@domain`; what could be read if the sender got it wrong. Empty for an empty group. */
  address: string;
  /** Name of the group that it is in, such as `undisclosed-recipients`. */
  group?: string;
}

/** A part of the message that is not its text. */
export interface Attachment {
  /** File name, decoded (RFC 2231), without any path; absent if none was given. */
  name?: string;
  /** Media type in lower case, such as `image/png`. */
  type: string;
  /** `attachment`, `inline` or another word, in lower case (RFC 2183). */
  disposition?: string;
  /** Content-ID without angle brackets, for `cid:` links (RFC 2392). */
  contentId?: string;
  /** Content-Description, decoded. */
  description?: string;
  /** What a calendar wants, in upper case, such as `REQUEST` (RFC 6047). */
  method?: string;
  /** The charset that its type names. */
  charset?: string;
  /** Part of a multipart/related (RFC 2387). */
  related: boolean;
  /** Meant to be shown in the body rather than listed. */
  inline: boolean;
  /** The transfer encoding that `content` is free of (RFC 2045 section 6). */
  encoding?: 'base64' | 'quoted-printable';
  /** Where in the octets of the message it is, as sent. */
  start: number;
  end: number;
  /** Octets after transfer decoding, lazily. Where nothing is encoded, those of the message. */
  content: Uint8Array;
  /** Their number, lazily. */
  size: number;
  /** The content in Unicode, lazily; in types of text alone. */
  text?: string;
  /**
   * The message in it, lazily; in message/rfc822 and message/global. Past eight messages inside one
   * another it is absent: `parseMessage(content)` goes on.
   */
  message?: Message;
}

/** A field of the header (RFC 5322 section 2.2). */
export interface HeaderField {
  /** As written. */
  name: string;
  /** Unfolded, encoded words decoded (RFC 2047). */
  value: string;
  /** Where in the octets of the message it begins. */
  start: number;
  /** Where it ends, its line end included: between the two is what DKIM signs (RFC 6376). */
  end: number;
}

/** A Received field (RFC 5321 section 4.4). */
export interface Received {
  /** Who handed the message over, by its own word. */
  from?: string;
  /** The address that it came from. */
  ip?: string;
  /** Who took it. */
  by?: string;
  /** The protocol, such as `ESMTPS`. */
  with?: string;
  /** The taker's name for the transaction. */
  id?: string;
  /** The recipient's address. */
  for?: string;
  /** Milliseconds since 1970, UTC. */
  date?: number;
}

/** What a mailing list says of itself (RFC 2369, RFC 2919): URLs, in the order of preference. */
export interface MailingList {
  /** Without angle brackets. */
  id?: string;
  /** Its name for people. */
  name?: string;
  post: string[];
  help: string[];
  subscribe: string[];
  unsubscribe: string[];
  /** May an HTTPS URL of `unsubscribe` be posted to without asking the user there (RFC 8058)? */
  oneClick: boolean;
  owner: string[];
  archive: string[];
}

/** What a multipart/report reports (RFC 6522). */
export interface Report {
  /** `delivery-status` (RFC 3464), `disposition-notification` (RFC 8098), `feedback-report` … */
  type: string;
  /** The fields about the message as a whole. */
  fields: ReportField[];
  /** Of a delivery status, what became of the message for each recipient. */
  recipients: Recipient[];
}

/** What became of a message for one recipient (RFC 3464 section 2.3). */
export interface Recipient {
  /** The address that the sender gave. */
  originalRecipient?: string;
  /** The address in the end. */
  finalRecipient?: string;
  /** `failed`, `delayed`, `delivered`, `relayed` or `expanded`. */
  action?: string;
  /** The code of RFC 3463, such as `5.1.1`. */
  status?: string;
  /** What the other server said. */
  diagnostic?: string;
  /** All fields about this recipient. */
  fields: ReportField[];
}

/** A field of a report, as written and unfolded. */
export interface ReportField {
  name: string;
  value: string;
}

/** A message taken apart. */
export interface Message {
  subject?: string;
  from: Address[];
  /** Who sent it, if that is not the author. */
  sender?: Address;
  to: Address[];
  cc: Address[];
  bcc: Address[];
  replyTo: Address[];
  /** Addresses of Delivered-To, the last delivery first. */
  deliveredTo: string[];
  /** Where failures are to be reported; empty in reports themselves. */
  returnPath?: string;
  /** Milliseconds since 1970, UTC; absent if there is none or it cannot be read. */
  date?: number;
  /** Without angle brackets, as those below. */
  messageId?: string;
  inReplyTo: string[];
  references: string[];
  list?: MailingList;
  /** What a multipart/report reports, lazily. */
  report?: Report;
  /** Every field in the order of the message, lazily. */
  headers: HeaderField[];
  /** The way that the message took, the last hop first, lazily. */
  received: Received[];
  /** The plain text body, lazily; made from the HTML one where the message has no other. */
  text?: string;
  /** The HTML body as sent, lazily: hostile until sanitised. */
  html?: string;
  /** All that is neither of those, in the order of the message, lazily. */
  attachments: Attachment[];
  /** From the header alone: does the message look as if it had attachments? For lists after TOP. */
  mayHaveAttachments: boolean;
  /** Where in the octets the body begins, after the empty line. */
  bodyStart: number;
}
