/** What a browser loads, over the wire, until the first mail is listed and until one is read. */
import assert from 'node:assert/strict';
import { startCounter } from '../lib/counter.js';
import { Inbox, inBrowsers } from './inbox.js';
import { letter } from './mail.js';

/** Octets, compressed: what it weighs now, so that it grows by no accident. The goal is 250,000. */
const FIRST_LOAD = 250_000;

inBrowsers({
  'lists the first mail within the budget of a first load': async ({
    bed,
    mailbox,
    page,
    browserName,
  }) => {
    // What the service worker stores for later is no part of it.
    const counter = await startCounter(bed.page, ['/sw.js']);
    const inbox = await Inbox.open(page.browser(), counter.url);
    try {
      await inbox.signIn(await mailbox([letter('Alpha')]));
      const files = [...counter.files].sort(([, a], [, b]) => b - a);
      const sum = files.reduce((all, [, octets]) => all + octets, 0);
      for (const [path, octets] of files) console.log(`${browserName}: ${path} ${octets}`);
      console.log(`${browserName}: ${sum} octets of ${FIRST_LOAD}`);
      assert.ok(
        files.some(([path]) => path.endsWith('.wasm')),
        'the modules were counted',
      );
      assert.ok(sum <= FIRST_LOAD, `${sum} octets are over the budget of ${FIRST_LOAD}`);
      // Nor is what only some need, or later: TLS of its own, reading, files, other languages.
      const early = files.filter(([path]) =>
        /\/(?:tls|pdf|calendar|zip|english-later|reader|unlock|import|passphrase|searcher|de|fr|es|ja|ar)-/.test(
          path,
        ),
      );
      assert.deepEqual(early, []);
    } finally {
      await inbox.close();
      await counter.stop();
    }
  },
});
