/** A message as its module gives it, with what costs time or memory left until it is looked at. */
import { Pop3Error } from './error.js';
import { absent, from, lazy } from './lazy.js';
import { parser } from './message-module.js';

const MESSAGES = ['message/rfc822', 'message/global'];

/** Octets in which most headers end. */
const HEADER_OCTETS = 16 * 1024;

/** The `Message` of message.d.ts; messages in it are opened `depth` deep. */
export function message(octets, depth) {
  const result = envelope(octets);
  from(result, { octets, depth, bodyStart: result.bodyStart, body: undefined, rest: undefined });
  for (const [name, descriptor] of MESSAGE) Object.defineProperty(result, name, descriptor);
  return result;
}

/** What the header says, which is mostly all of the octets that are needed for it. */
function envelope(octets) {
  const read = (some) => JSON.parse(run((module) => module.envelope(some)));
  const some = octets.subarray(0, HEADER_OCTETS);
  const result = read(some);
  const ended = result.bodyStart > 0 && result.bodyStart < some.length;
  return ended || some.length === octets.length ? result : read(octets);
}

/**
 * The bodies and the attachments. The first look takes away at once what the message has not, so that
 * who lists its properties and then looks at each does not come by them.
 */
function body(source, object) {
  if (source.body !== undefined) return source.body;
  const { octets, depth } = source;
  const [json, plain, html] = run((module) => module.body(octets));
  const { report, attachments } = JSON.parse(json);
  for (const part of attachments) complete(part, octets, depth);
  source.body = { report, attachments, plain, html };
  if (report === undefined) absent(object, 'report');
  if (html === undefined) absent(object, 'html');
  if (html === undefined && plain === undefined) absent(object, 'text');
  return source.body;
}

/** The text for a reader of plain text. */
function text(source, object) {
  const { plain, html } = body(source, object);
  return plain ?? (html === undefined ? undefined : run((module) => module.textOf(html)));
}

/** The header's fields, one by one. */
function rest(source) {
  const { octets, bodyStart } = source;
  source.rest ??= JSON.parse(run((module) => module.header(octets.subarray(0, bodyStart))));
  return source.rest;
}

/** First of what the body gives, the one that every message has. */
const MESSAGE = Object.entries({
  attachments: lazy('attachments', (source, object) => body(source, object).attachments),
  report: lazy('report', (source, object) => body(source, object).report),
  text: lazy('text', text),
  html: lazy('html', (source, object) => body(source, object).html),
  headers: lazy('headers', (source) => rest(source).headers),
  received: lazy('received', (source) => rest(source).received),
});

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
