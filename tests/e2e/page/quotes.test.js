/** What formatted mail quotes is folded, as each mail program marks it, and comes whole on paper. */
import assert from 'node:assert/strict';
import { until } from '../lib/deadline.js';
import { PATIENCE, inBrowsers } from './inbox.js';
import { letter } from './mail.js';
import { inFrame, inMessage, read } from './reading.js';

const LONG = '<p>What was written before, in many words.</p>'.repeat(12);

/** Each with a text of its own and with one that it quotes. */
const QUOTING = {
  'Gmail': `<div>Mine.</div><div class="gmail_quote"><div class="gmail_attr">Ada wrote:</div><blockquote>Theirs.</blockquote></div>`,
  'Apple': `<div>Mine.</div><blockquote type="cite">Theirs.${LONG}<blockquote>${LONG}</blockquote></blockquote>`,
  'Outlook for the desktop': `<div><p>Mine.</p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p><b>From:</b> Ada</p></div></div><p>Theirs.</p><p>The end.</p></div>`,
  'Outlook on the web': `<div>Mine.</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Ada</div><div>Theirs.</div>`,
};
const OPEN = {
  'Forwarded by Gmail': `<div><br></div><div class="gmail_quote">Theirs.</div>`,
  'Short': `<p>Mine.</p><blockquote>Theirs.</blockquote><p>More of mine.</p>`,
};

/** The quotes in the frame: whether each is open, whether its words can be seen. */
const quotes = (inbox) =>
  inFrame(inbox, (body) =>
    [...body.querySelectorAll('details')].map((one) => ({
      open: one.open,
      label: one.querySelector('summary').textContent,
      inside: one.textContent.includes('Theirs.') && !one.textContent.includes('Mine.'),
      seen: [...one.children].some(
        (child) =>
          child.localName !== 'summary' && child.checkVisibility({ contentVisibilityAuto: true }),
      ),
    })),
  );

/** Heights of the frame, and of what is in it. */
const heights = (inbox) =>
  inMessage(inbox.page, (root) => {
    const frame = root.querySelector('pop3-html-view').shadowRoot.querySelector('iframe');
    return [frame.clientHeight, frame.contentDocument.body.scrollHeight];
  });

inBrowsers({
  'folds what formatted mail quotes, and opens it by the keyboard': async ({
    inbox,
    mailbox,
    page,
  }) => {
    const mail = Object.entries({ ...QUOTING, ...OPEN }).map(([subject, body], at) =>
      letter(subject, { type: 'text/html', body, minutes: 10 + at }),
    );
    await inbox.signIn(await mailbox(mail));
    for (const subject of Object.keys(OPEN)) {
      await read(inbox, subject);
      assert.deepEqual(await quotes(inbox), [], subject);
    }
    for (const subject of Object.keys(QUOTING)) {
      await read(inbox, subject);
      const [quote, ...others] = await quotes(inbox);
      assert.deepEqual(others, [], subject);
      const { seen, ...rest } = quote;
      assert.deepEqual(rest, { open: false, label: 'Quoted text', inside: true }, subject);
      assert.equal(seen, false, subject);
    }
    // The last one, by the keyboard alone: from the message into its frame.
    const [closed] = await heights(inbox);
    await inMessage(page, (root) => root.querySelector('#view').focus());
    for (const [key, open] of [
      ['Enter', true],
      [' ', false],
      ['Enter', true],
    ]) {
      await inFrame(inbox, (body) => {
        if (body.ownerDocument.activeElement?.localName !== 'summary')
          body.querySelector('summary').focus();
      });
      await inbox.press(key);
      await until(PATIENCE, `open: ${open}`, async () => (await quotes(inbox))[0].open === open);
    }
    assert.equal((await quotes(inbox))[0].seen, true);
    await until(PATIENCE, 'a frame as high as what it shows', async () => {
      const [frame, content] = await heights(inbox);
      return frame > closed && frame >= content;
    });
  },

  'has quotes whole on paper': async ({ inbox, mailbox, page }) => {
    const body = QUOTING.Apple;
    await inbox.signIn(await mailbox([letter('Quoting', { type: 'text/html', body })]));
    await read(inbox, 'Quoting');
    assert.equal((await quotes(inbox))[0].open, false);
    // As the browser's own command for printing does.
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    assert.equal((await quotes(inbox))[0].open, true);
    const [frame, content] = await heights(inbox);
    assert.ok(frame >= content, `${frame} for ${content}`);
    await page.evaluate(() => dispatchEvent(new Event('afterprint')));
    assert.equal((await quotes(inbox))[0].open, false);
    // As the button does, in a frame of its own; nothing is printed here.
    await page.evaluate(() => {
      new MutationObserver((records) => {
        for (const frame of records.flatMap(({ addedNodes }) => [...addedNodes])) {
          frame.addEventListener?.('load', () => {
            frame.contentWindow.print = () => (window.paper = frame);
          });
        }
      }).observe(document.body, { childList: true });
    });
    await inMessage(page, (root) => root.querySelector('.print').click());
    await inbox.wait('a frame for paper', () => window.paper !== undefined);
    const paper = await page.evaluate(() => {
      const { body } = window.paper.contentDocument;
      return [body.textContent.includes('Theirs.'), body.querySelectorAll('details').length];
    });
    assert.deepEqual(paper, [true, 0]);
  },
});
