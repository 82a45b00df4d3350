/** A message as its module gives it, with what costs time or memory left until it is looked at. */
import { Pop3Error } from './error.js';
import { parser } from './message-module.js';

const MESSAGES = ['message/rfc822', 'message/global'];

/** The `Message` of message.d.ts; messages in it are opened `depth` deep. */
export function message(octets, depth) {
  const [json, plain, html] = run((module) => module.parse(octets));
  const result = JSON.parse(json);
  const { bodyStart, attachments } = result;
  if (plain !== undefined) result.text = plain;
  if (html !== undefined) result.html = html;
  if (plain === undefined && html !== undefined) {
    lazily(result, 'text', () => run((module) => module.textOf(html)));
  }
  for (const part of attachments) complete(part, octets, depth);
  let header;
  const rest = () =>
    (header ??= JSON.parse(run((module) => module.header(octets.subarray(0, bodyStart)))));
  lazily(result, 'headers', () => rest().headers);
  lazily(result, 'received', () => rest().received);
  return result;
}

/** Gives an attachment what is made from its octets. */
function complete(part, octets, depth) {
  const { type, encoding, charset, start, end } = part;
  const sent = () => octets.subarray(start, end);
  lazily(part, 'content', () =>
    encoding === undefined ? sent() : run((module) => module.content(sent(), encoding)),
  );
  lazily(part, 'size', () => part.content.byteLength);
  if (type.startsWith('text/')) {
    lazily(part, 'text', () => run((module) => module.text(sent(), encoding, charset)));
  }
  if (depth > 0 && MESSAGES.includes(type)) {
    lazily(part, 'message', () => message(part.content, depth - 1));
  }
}

/**
 * Gives an object a property whose value is made at the first look. It is the object's own, so that
 * copies of the object, as by `structuredClone`, have the value.
 */
function lazily(object, name, make) {
  const become = (value) => {
    const plain = { value, configurable: true, enumerable: true, writable: true };
    Object.defineProperty(object, name, plain);
    return value;
  };
  Object.defineProperty(object, name, {
    get: () => become(make()),
    set: become,
    configurable: true,
    enumerable: true,
  });
}

function run(work) {
  try {
    return parser.call(work);
  } catch ({ cause }) {
    throw new Pop3Error('parse-failed', 'The message could not be taken apart.', { cause });
  }
}
