/** The list under a finger: a tap opens, a long press selects, a swipe scrolls and does neither. */
import assert from 'node:assert/strict';
import { inBrowsers } from './inbox.js';
import { letter } from './mail.js';

/** As long as a press, and then some; runs in the page. */
const WAIT_MS = 1_500;

/** The middle of the row with this subject. */
const middle = (inbox, subject) =>
  inbox.page.evaluate((wanted) => {
    const { shadowRoot } = document.querySelector('pop3-message-list');
    const row = [...shadowRoot.querySelectorAll('[role="row"]')].find(
      (one) => one.querySelector('.subject')?.textContent.trim() === wanted,
    );
    const { left, top, width, height } = row.getBoundingClientRect();
    return [left + width / 2, top + height / 2];
  }, subject);

const selected = async (inbox) =>
  (await inbox.rows()).flatMap((row) => (row.selected ? [row.subject] : []));

const opened = (inbox) =>
  inbox.page.evaluate(() => document.querySelector('pop3-app').store.reading.state.id);

inBrowsers({
  'selects by a long press, opens by a tap, and scrolls by a swipe': async ({
    inbox,
    mailbox,
    page,
    browserName,
  }) => {
    const mail = Array.from({ length: 30 }, (_, at) =>
      letter(`Letter ${at}`, { minutes: 10 + at }),
    );
    await inbox.signIn(await mailbox(mail));
    await page.setViewport({ width: 390, height: 700, hasTouch: true });
    await inbox.drawn();

    for (const [subject, all] of [
      ['Letter 1', ['Letter 1']],
      ['Letter 3', ['Letter 1', 'Letter 3']],
      ['Letter 1', ['Letter 3']],
    ]) {
      const touch = await page.touchscreen.touchStart(...(await middle(inbox, subject)));
      await inbox.row(subject, (row) => row.selected === all.includes(subject));
      await touch.end();
      assert.deepEqual(await selected(inbox), all);
      assert.equal(await opened(inbox), undefined, 'the press opens nothing');
    }

    // A finger that moves scrolls; Firefox does so for real fingers alone.
    if (browserName === 'chromium') {
      const [x, y] = await middle(inbox, 'Letter 3');
      const touch = await page.touchscreen.touchStart(x, y);
      for (let step = 1; step <= 10; step += 1) await touch.move(x, y - step * 20);
      await inbox.wait('a list that has moved', () => {
        const { shadowRoot } = document.querySelector('pop3-message-list');
        return shadowRoot.querySelector('.viewport').scrollTop > 50;
      });
      await page.evaluate((ms) => new Promise((resolve) => setTimeout(resolve, ms)), WAIT_MS);
      await touch.end();
      assert.deepEqual(
        await page.evaluate(
          () => document.querySelector('pop3-app').store.list.state.selected.size,
        ),
        1,
      );
      assert.equal(await opened(inbox), undefined);
      await page.evaluate(() => {
        const { shadowRoot } = document.querySelector('pop3-message-list');
        shadowRoot.querySelector('.viewport').scrollTop = 0;
      });
    }

    await inbox.row('Letter 2');
    const [x, y] = await middle(inbox, 'Letter 2');
    await page.touchscreen.tap(x, y);
    await inbox.shown('Letter 2');
  },
});
