/** STLS (RFC 2595 section 4) on a connection that no session has yet. */
import { failed } from './dial.js';
import { Pop3Error } from './error.js';

/**
 * The longest line taken before TLS, in octets. RFC 2449 section 4 allows 512; some servers'
 * greetings are longer.
 */
const LONGEST_LINE = 4096;

/**
 * What a session on the streams reads first. The server's own greeting may be of anybody on the way,
 * also the timestamp in it that APOP would answer, so none of it goes past the handshake.
 */
export const GREETING = new TextEncoder().encode('+OK\r\n');

/** A stream that gives that greeting first, and then what this one gives. */
export function afterGreeting(readable) {
  const reader = readable.getReader();
  return new ReadableStream(
    {
      start: (controller) => controller.enqueue(GREETING.slice()),
      async pull(controller) {
        const { value, done } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    // Nothing is read ahead.
    { highWaterMark: 0 },
  );
}

/**
 * Reads the greeting, sends STLS, and reads its answer: TLS has to begin with the next octet.
 * `receive` gives some octets, or `undefined` at the end; `send` takes a string.
 */
export async function negotiate(receive, send) {
  const greeting = await readLine(receive);
  if (greeting === undefined) {
    throw failed('connection-lost', 'The server hung up instead of greeting.', 'transport');
  }
  const { status, text } = read(greeting);
  if (status === '-ERR') {
    const details = { blame: 'server', ...(text === '' ? {} : { serverText: text }) };
    throw new Pop3Error('rejected', `The server refuses the connection: ${text}`, details);
  }
  if (status !== '+OK') throw broken('Its greeting is not one of POP3.');
  await send('STLS\r\n');
  // Some servers that know no STLS hang up at an unknown command instead of answering it.
  const answer = await readLine(receive);
  const { status: agreed, text: words } = answer === undefined ? {} : read(answer);
  if (agreed === '+OK') return;
  if (agreed !== undefined && agreed !== '-ERR') throw broken('Its answer to STLS is not of POP3.');
  const details = { blame: 'server', ...(words ? { serverText: words } : {}) };
  throw new Pop3Error('stls-unsupported', 'The server does not offer TLS by STLS.', details);
}

function broken(sentence) {
  return failed('protocol-error', `The server broke the protocol. ${sentence}`, 'protocol');
}

/** The status indicator of a line, and the text after it (RFC 1939 section 3). */
function read(line) {
  const [, status, text] = /^(\S*)\s*(.*?)\s*$/s.exec(line);
  return { status, text };
}

/**
 * Reads exactly one line; `undefined` if the connection ends before its first octet.
 *
 * A server has nothing to say after it until it is asked, so anything beyond was slipped in by
 * somebody on the way, to be taken later for an answer given under TLS.
 */
async function readLine(receive) {
  const decoder = new TextDecoder('latin1');
  let line = '';
  for (;;) {
    const octets = await receive();
    if (octets === undefined) {
      if (line === '') return undefined;
      throw failed('connection-lost', 'The connection ended inside a line.', 'transport');
    }
    line += decoder.decode(octets);
    const end = line.indexOf('\n');
    if (end >= 0 && end + 1 < line.length) throw broken('Octets were injected before TLS.');
    if (line.length > LONGEST_LINE) throw broken('A line before TLS is too long.');
    if (end >= 0) return line;
  }
}
