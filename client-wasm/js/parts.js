/** A message as its module gives it, with what costs time or memory left until it is looked at. */
import { Pop3Error } from './error.js';
import { absent, from, lazy } from './lazy.js';
import * as lines from './lines.js';
import { parser } from './message-module.js';

const MESSAGES = ['message/rfc822', 'message/global'];

/** Octets in which most headers end. */
const HEADER_OCTETS = 16 * 1024;

/** The `Message` of message.d.ts; messages in it are opened `depth` deep. */
export function message(octets, depth) {
  const { message: result, mayHaveHtml, hasReport } = envelope(octets);
  const { bodyStart } = result;
  from(result, { octets, depth, bodyStart, body: undefined });
  Object.defineProperty(result, 'attachments', ATTACHMENTS);
  if (hasReport) Object.defineProperty(result, 'report', REPORT);
  Object.defineProperty(result, 'text', PLAIN);
  if (mayHaveHtml) Object.defineProperty(result, 'html', HTML);
  Object.defineProperty(result, 'headers', HEADERS);
  Object.defineProperty(result, 'received', RECEIVED);
  return result;
}

/** What the header says, which is mostly all of the octets that are needed for it. */
function envelope(octets) {
  const read = (some) => lines.envelope(run((module) => module.envelope(some)));
  if (octets.length <= HEADER_OCTETS) return read(octets);
  const some = read(octets.subarray(0, HEADER_OCTETS));
  const { bodyStart } = some.message;
  return bodyStart > 0 && bodyStart < HEADER_OCTETS ? some : read(octets);
}

/**
 * The bodies and the attachments. The first look takes away at once what the message has not, so that
 * who lists its properties and then looks at each does not come by them.
 */
function body(source, object) {
  if (source.body !== undefined) return source.body;
  const { octets, depth } = source;
  source.body = lines.body(run((module) => module.body(octets)));
  const { attachments, plain, html } = source.body;
  for (const part of attachments) complete(part, octets, depth);
  if (html === undefined) {
    absent(object, 'html');
    if (plain === undefined) absent(object, 'text');
  }
  return source.body;
}

/** The text for a reader of plain text. */
function text(source, object) {
  const { plain, html } = body(source, object);
  return plain ?? (html === undefined ? undefined : run((module) => module.textOf(html)));
}

const header = ({ octets, bodyStart }) => octets.subarray(0, bodyStart);

const ATTACHMENTS = lazy('attachments', (source, object) => body(source, object).attachments);
const REPORT = lazy('report', (source, object) => body(source, object).report);
const PLAIN = lazy('text', text);
const HTML = lazy('html', (source, object) => body(source, object).html);
const HEADERS = lazy('headers', (source) =>
  lines.headers(run((module) => module.headers(header(source)))),
);
const RECEIVED = lazy('received', (source) =>
  lines.received(run((module) => module.received(header(source)))),
);

/** Gives an attachment what is made from its octets. */
function complete(part, octets, depth) {
  const { type, encoding, charset, start, end } = part;
  from(part, { octets, depth, encoding, charset, start, end, content: undefined });
  Object.defineProperty(part, 'content', CONTENT);
  Object.defineProperty(part, 'size', SIZE);
  if (type.startsWith('text/')) Object.defineProperty(part, 'text', TEXT);
  if (depth > 0 && MESSAGES.includes(type)) Object.defineProperty(part, 'message', INNER);
}

const sent = ({ octets, start, end }) => octets.subarray(start, end);

function content(source) {
  const { encoding } = source;
  source.content ??=
    encoding === undefined ? sent(source) : run((module) => module.content(sent(source), encoding));
  return source.content;
}

const CONTENT = lazy('content', content);
const SIZE = lazy('size', (source) => content(source).byteLength);
const TEXT = lazy('text', (source) =>
  run((module) => module.text(sent(source), source.encoding, source.charset)),
);
const INNER = lazy('message', (source) => message(content(source), source.depth - 1));

function run(work) {
  try {
    return parser.call(work);
  } catch ({ cause }) {
    throw new Pop3Error('parse-failed', 'The message could not be taken apart.', { cause });
  }
}
