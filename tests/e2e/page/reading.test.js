/** What is read is what was sent: colours, length, links and names as they are. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { until } from '../lib/deadline.js';
import { PATIENCE, inBrowsers } from './inbox.js';
import { letter, newsletter } from './mail.js';
import { click, inFrame, inMessage, read, see, watchPauses } from './reading.js';
import { EXAMINED, LIST, parcel } from './reading-mail.js';

const DEMO = new URL('../../../proxy/src/demo/messages/', import.meta.url);

const formatted = (subject, body) => letter(subject, { type: 'text/html', body });

/** The colours that the frame paints; runs in the page. */
function painted(body) {
  const { defaultView, documentElement } = body.ownerDocument;
  return [
    defaultView.getComputedStyle(documentElement).backgroundColor,
    defaultView.getComputedStyle(body).color,
  ];
}

inBrowsers({
  'shows designed mail in the colours of its body': async ({ inbox, mailbox }) => {
    const demo = await readFile(new URL('dark-newsletter.eml', DEMO));
    const bodies = {
      Style: '<body style="background-color:#0d1021;color:#eee"><p>a</p></body>',
      Short: '<body style="background: rgb(1,2,3) no-repeat; COLOR: white"><p>a</p></body>',
      Attributes: '<body bgcolor="0D1021" text="white"><p>a</p></body>',
      Loads: '<body style="background: #123 url(http://127.0.0.1/x)"><p>a</p></body>',
      Hostile: '<body style="background-color: var(--x); color: env(x)" bgcolor="url(x)"><p>a</p>',
    };
    const mail = Object.entries(bodies).map(([subject, html]) => formatted(subject, html));
    await inbox.signIn(await mailbox([demo, ...mail]));
    const expected = {
      'Bakery jazz and two hours of rain': ['rgb(13, 16, 33)', 'rgb(223, 227, 255)'],
      'Style': ['rgb(13, 16, 33)', 'rgb(238, 238, 238)'],
      'Short': ['rgb(1, 2, 3)', 'rgb(255, 255, 255)'],
      'Attributes': ['rgb(13, 16, 33)', 'rgb(255, 255, 255)'],
      'Loads': ['rgb(17, 34, 51)', 'rgb(27, 31, 36)'],
      'Hostile': ['rgb(255, 255, 255)', 'rgb(27, 31, 36)'],
    };
    for (const [subject, colours] of Object.entries(expected)) {
      await read(inbox, subject);
      assert.deepEqual(await inFrame(inbox, painted), colours, subject);
    }
  },

  'shows long text piece by piece, and stays answerable': async ({ inbox, mailbox, page }) => {
    const line = (at) => `${'> '.repeat(at % 4)}see https://a.example/${at} and b.example\r\n`;
    const text = Array.from({ length: 90_000 }, (_, at) => line(at)).join('');
    await inbox.signIn(await mailbox([letter('Long', { body: text })]));
    await read(inbox, 'Long');
    await inbox.read('The first 200,000 of');
    await watchPauses(page);
    await click(inbox, '.more button');
    // Asked of the view alone: a walk through all of the page would itself hold it up.
    const more = () =>
      inMessage(page, (root) => {
        const { shadowRoot } = root.querySelector('pop3-text-view');
        return shadowRoot.querySelector('.more')?.textContent.replace(/\s+/g, ' ');
      });
    await until(3 * PATIENCE, 'all that is shown', async () => {
      return (await more())?.includes('The first 3,000,000 of');
    });
    assert.match(await more(), /“Save as \.eml”/);
    const { links, longest } = await inMessage(page, (root) => {
      const { shadowRoot } = root.querySelector('pop3-text-view');
      return { links: shadowRoot.querySelectorAll('a').length, longest: window.longest };
    });
    assert.ok(links > 60_000, `${links} links`);
    // In one piece it would be many seconds; a busy machine may take some of one.
    assert.ok(longest < 2_000, `the page did not answer for ${longest} ms`);
  },

  'asks before a link opens that is not what it seems': async ({ inbox, mailbox, page }) => {
    const html =
      '<p><a href="https://evil.test/steal">https://<b>bank.com</b></a> <a href="#">none</a>' +
      '<a href="http://bank.com@evil.test/">here</a><a href="https://fine.test/">fine.test</a>';
    const body = 'Look: http://bank.com@evil.test/x and https://fine.test/';
    await inbox.signIn(await mailbox([formatted('Html', html), letter('Text', { body })]));
    const tabs = async () => (await inbox.context.pages()).length;
    const dialog = () =>
      inMessage(page, (root) => {
        const { shadowRoot } = root.querySelector('pop3-link-dialog');
        const shown = shadowRoot.querySelector('dialog');
        if (!shown.open) return undefined;
        return {
          text: shown.textContent.replace(/\s+/g, ' '),
          host: shown.querySelector('strong').textContent,
          open: shown.querySelector('.open').getAttribute('href'),
          focus: shadowRoot.activeElement?.textContent.trim(),
        };
      });
    const clickLink = (at) =>
      inFrame(
        inbox,
        (frame, wanted) => {
          const link = frame.querySelectorAll('a')[wanted];
          const event = new MouseEvent('click', { bubbles: true, cancelable: true });
          // What the page lets pass is stopped here, behind its listener.
          let passed;
          const stop = (late) => {
            passed = !late.defaultPrevented;
            late.preventDefault();
          };
          frame.ownerDocument.defaultView.addEventListener('click', stop, { once: true });
          (link.firstElementChild ?? link).dispatchEvent(event);
          return passed;
        },
        at,
      );

    await read(inbox, 'Html');
    assert.equal(await clickLink(0), false);
    await until(PATIENCE, 'the question', async () => (await dialog())?.focus === 'Cancel');
    const { text, host, open } = await dialog();
    assert.match(text, /names bank\.com but leads to evil\.test/);
    assert.deepEqual([host, open], ['evil.test', 'https://evil.test/steal']);
    await inbox.press('Escape');
    await until(PATIENCE, 'no question', async () => (await dialog()) === undefined);
    assert.equal(await clickLink(3), true);
    assert.equal(await dialog(), undefined);
    assert.equal(await clickLink(2), false);
    await until(PATIENCE, 'a question', dialog);
    assert.match((await dialog()).text, /user name, not the place/);
    await click(inbox, 'dialog[open] .actions button');

    await read(inbox, 'Text');
    await click(inbox, '.block a');
    await until(PATIENCE, 'a question', dialog);
    assert.equal((await dialog()).host, 'evil.test');
    assert.equal(await tabs(), 1);
    await click(inbox, 'dialog[open] .open');
    await until(PATIENCE, 'a tab', async () => (await tabs()) === 2);
    assert.equal(await dialog(), undefined);
  },

  'shows no name that is turned around': async ({ inbox, mailbox }) => {
    const from = '=?utf-8?b?4oCubW9jLmtuYWJAZWNpZmZv?= <evil@evil.test>';
    const subject = '=?utf-8?b?4oCuVHVybmVk4oCs?=';
    const fields = ['Reply-To: Office <elsewhere@evil.test>'];
    await inbox.signIn(await mailbox([letter(subject, { from, fields })]));
    await read(inbox, 'Turned');
    assert.match(await see(inbox, '.sender'), /moc\.knab@eciffo evil@evil\.test/);
    await inbox.read('Reply to: Office <elsewhere@evil.test>');
  },

  'says so when formatted mail shows nothing': async ({ inbox, mailbox }) => {
    const bodies = {
      Comment: '<!-- nothing -->',
      Away: '<div style="position: relative; top: -9000px">Away</div>',
      Faint: '<div style="opacity: 0">Faint</div>',
      Margin: '<div style="margin-top:-9000px">Margin</div>',
    };
    const mail = Object.entries(bodies).map(([subject, html]) => formatted(subject, html));
    await inbox.signIn(await mailbox(mail));
    for (const subject of ['Comment', 'Away', 'Faint']) {
      await read(inbox, subject);
      await see(inbox, '.nothing button');
      await inbox.read('The formatted text shows nothing.');
    }
    await click(inbox, '.nothing button');
    await see(inbox, 'pop3-text-view');
    await read(inbox, 'Margin');
    const top = await inFrame(inbox, (body) => body.firstElementChild.getBoundingClientRect().top);
    assert.ok(top >= 0, `${top}`);
    assert.equal(await inbox.page.$('>>> .nothing'), null);
  },

  'leaves the words of images that are not loaded, and counts attachments to the limit': async (
    given,
  ) => {
    const { inbox, mailbox } = given;
    const html = '<p>Before <img src="https://a.example/x.png" alt="A rose" width="9"> after</p>';
    const boundary = 'between';
    const part = `--${boundary}\r\nContent-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nx\r\n`;
    const many = letter('Many', {
      type: `multipart/mixed; boundary=${boundary}`,
      body: `${part.repeat(1_005)}--${boundary}--\r\n`,
    });
    await inbox.signIn(await mailbox([formatted('Image', html), many]));
    await read(inbox, 'Image');
    assert.deepEqual(
      await inFrame(inbox, (body) => [
        body.textContent.trim(),
        body.querySelectorAll('img').length,
      ]),
      ['Before A rose after', 0],
    );
    await read(inbox, 'Many');
    await inbox.read('The first 1,000 are shown');
  },
});
