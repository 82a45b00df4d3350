/** Searching what is stored: what people type, and how long a large mailbox takes to answer. */
import assert from 'node:assert/strict';
import { inBrowsers } from './inbox.js';
import { letter } from './mail.js';
import { fill, search } from './many.js';

const MANY = 50_000;

/** Generous, as the machine may be busy with other tests; alone it is a twentieth of it. */
const ANSWER_MS = 2_000;

/** Of each text. */
const OCTETS = 2_400;

inBrowsers({
  'answers from fifty thousand messages while one types': async ({
    inbox,
    mailbox,
    browserName,
  }) => {
    await inbox.signIn(await mailbox([letter('Alpha')]));
    const [often, again] = await inbox.page.evaluate(fill, MANY, OCTETS);
    await inbox.page.reload();
    await inbox.wait('the whole list', () => {
      const { list, state } = document.querySelector('pop3-app')?.store ?? {};
      return state?.phase === 'open' && list.state.complete && list.state.messages > 50_000;
    });
    // The first search reads the texts.
    const { messages } = await inbox.page.evaluate(search, 'zebra');
    assert.equal(messages, 1);
    for (const text of ['zebra', often, `${often} ${again}`, `from:${often}`, 'has:attachment']) {
      const answer = await inbox.page.evaluate(search, text);
      console.log(
        `${browserName}: “${text}” has ${answer.messages} hits, the first after`,
        `${Math.round(answer.first)} ms, all after ${Math.round(answer.whole)} ms`,
      );
      assert.ok(answer.messages > 0, text);
      assert.ok(answer.whole < ANSWER_MS, `“${text}” took ${answer.whole} ms`);
    }
  },
});
