// Charsets are the JavaScript engine's here, and encoding_rs natively: both are held against one table.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { parseMessage } from 'pop3-wasm/message';
import { inBrowsers } from '../lib/harness.js';

const TABLE = JSON.parse(await readFile(new URL('../../mail/charsets.json', import.meta.url)));

/** One message for each charset: in the body, in an encoded word, and in a parameter. */
const MESSAGES = TABLE.map(({ label, octets }) => {
  const percent = Buffer.from(octets, 'base64').toString('hex').replace(/../g, '%$&');
  return [
    `Subject: =?${label}?B?${octets}?=`,
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    `Content-Type: text/plain; charset="${label}"`,
    'Content-Transfer-Encoding: base64',
    '',
    octets,
    '--b',
    'Content-Type: application/pdf',
    `Content-Disposition: attachment; filename*=${label}'xx'${percent}`,
    '',
    '--b--',
    '',
  ].join('\r\n');
});

const EXPECTED = TABLE.map(({ label, text }) => ({ label, subject: text, text, name: text }));

async function read(parseMessage, messages, labels) {
  const seen = [];
  for (const [at, message] of messages.entries()) {
    const { subject, text, attachments } = await parseMessage(new TextEncoder().encode(message));
    seen.push({ label: labels[at], subject, text, name: attachments[0].name });
  }
  return seen;
}

const LABELS = TABLE.map(({ label }) => label);

/**
 * What Node's TextDecoder does not do as the Encoding Standard says: it takes Shift_JIS and EUC-KR
 * without the characters that Windows added to them.
 */
const NODE_LACKS = ['cp932', 'windows-31j', 'cp949', 'ms949'];

describe('Node', () => {
  test('reads each charset as encoding_rs does, but for extensions that it lacks', async () => {
    const has = ({ label }) => !NODE_LACKS.includes(label);
    const seen = await read(parseMessage, MESSAGES, LABELS);
    assert.deepEqual(seen.filter(has), EXPECTED.filter(has));
  });
});

inBrowsers({
  'reads each charset as encoding_rs does': async ({ run }) => {
    const text = read.toString();
    const seen = await run(
      (text, messages, labels) =>
        new Function(`return ${text}`)()(pop3.parseMessage, messages, labels),
      text,
      MESSAGES,
      LABELS,
    );
    assert.deepEqual(seen, EXPECTED);
  },
});
