// Sessions over byte streams, in the browsers: a server behind two TransformStreams of the page.

import assert from 'node:assert/strict';
import { inBrowsers } from '../lib/harness.js';

inBrowsers({
  'a session over a pair of streams': async ({ run }) => {
    const seen = await run(async () => {
      const toServer = new TransformStream();
      const toClient = new TransformStream();
      const answers = {
        'CAPA': '-ERR no\r\n',
        'STAT': '+OK 1 8\r\n',
        'RETR 1': '+OK\r\n..one\r\n\u00e9\r\n.\r\n',
      };
      const lines = [];
      const serve = async () => {
        const encode = (text) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
        const writer = toClient.writable.getWriter();
        await writer.write(encode('+OK ready\r\n'));
        let rest = '';
        const decoded = toServer.readable.pipeThrough(new TextDecoderStream());
        const reader = decoded.getReader();
        for (;;) {
          const { value, done } = await reader.read();
          if (done) return 'the client hung up';
          const received = (rest + value).split('\r\n');
          rest = received.pop();
          for (const line of received) {
            lines.push(line);
            // One octet a chunk.
            for (const octet of encode(answers[line] ?? '+OK\r\n')) {
              await writer.write(Uint8Array.of(octet));
            }
          }
        }
      };
      const serving = serve();
      const streams = { readable: toClient.readable, writable: toServer.writable };
      const client = await pop3.Pop3Client.connect({ streams });
      await client.user('a');
      await client.pass_('b');
      const { octets } = await client.retr(1);
      await client.quit();
      return {
        lines,
        octets: Array.from(octets),
        connection: client.connection === undefined,
        locked: [streams.readable.locked, streams.writable.locked],
        end: await serving,
        neither: await failure(() => pop3.Pop3Client.connect({})),
        text: await failure(() => {
          const readable = new Response('+OK\r\n').body.pipeThrough(new TextDecoderStream());
          return pop3.Pop3Client.connect({ streams: { readable, writable: new WritableStream() } });
        }),
      };
    });
    assert.deepEqual(seen.octets, [...Buffer.from('.one\r\n\u00e9\r\n', 'latin1')]);
    assert.deepEqual(seen.lines.slice(0, 2), ['USER a', 'PASS b']);
    assert.deepEqual(seen.lines.slice(-2), ['RETR 1', 'QUIT']);
    assert.deepEqual(seen.locked, [false, false]);
    assert.equal(seen.connection, true);
    assert.equal(seen.end, 'the client hung up');
    assert.equal(seen.neither.code, 'invalid-argument');
    assert.equal(seen.text.code, 'invalid-argument');
  },
});
