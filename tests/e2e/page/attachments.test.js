/** What a message brings: saved whole, looked at safely, opened where it is a message. */
import assert from 'node:assert/strict';
import { unzipSync } from 'fflate';
import { until } from '../lib/deadline.js';
import { PATIENCE, inBrowsers } from './inbox.js';
import { EVERY_OCTET, RED_DOT, letter } from './mail.js';
import { click, inMessage, read, see, shown } from './reading.js';
import { needyPdf, pdf } from './pdf-file.js';
import { CONTACT, INVITATION, PARTS, bounce, nested, parcel } from './reading-mail.js';
import { winmail } from './winmail.js';

/** What the dialog for looking at an attachment shows; runs in the page. */
function previewed(root) {
  const list = root.querySelector('pop3-attachments')?.shadowRoot;
  const dialog = list?.querySelector('pop3-preview-dialog')?.shadowRoot.querySelector('dialog');
  if (!dialog?.open) return undefined;
  const canvas = dialog.querySelector('canvas');
  const image = dialog.querySelector('img');
  return {
    heading: dialog.querySelector('h2').textContent.trim(),
    text: dialog.querySelector('pop3-text-view')?.content,
    image: image?.complete && image.naturalWidth > 0 ? new URL(image.src).protocol : undefined,
    page: dialog.querySelector('.sheet')?.dataset.drawn,
    words: canvas?.getAttribute('aria-label'),
    red: canvas && redOf(canvas),
    inked: canvas && inkOf(canvas),
    failed: dialog.querySelector('[role="alert"]')?.textContent,
    rendered: dialog.querySelectorAll('iframe, object, embed, svg:not([aria-hidden]), b').length,
  };

  /** Is the square of the PDF file drawn? */
  function redOf({ width, height, ownerDocument }) {
    const context = canvas.getContext('2d');
    const [red, green] = context.getImageData(width * 0.2, height * 0.8, 1, 1).data;
    return ownerDocument === document && red > 200 && green < 80;
  }

  /** The share of black where the letters of the PDF file are. */
  function inkOf({ width, height }) {
    const context = canvas.getContext('2d');
    const place = [width * 0.05, height * 0.25, width * 0.6, height * 0.15].map(Math.floor);
    const { data } = context.getImageData(...place);
    let black = 0;
    for (let at = 0; at < data.length; at += 4)
      if (data[at] < 100 && data[at + 3] > 100) black += 1;
    return black / (data.length / 4);
  }
}

const names = (inbox) =>
  inMessage(inbox.page, (root) => {
    const list = root.querySelector('pop3-attachments').shadowRoot;
    return [...list.querySelectorAll('.file p:first-child')].map(({ textContent }) =>
      textContent.trim(),
    );
  });

/** Looks at the attachment with this name, and gives what is there once `ready` says so. */
async function preview(inbox, label, ready) {
  await click(inbox, `[aria-label="Preview ${label}"]`);
  return until(2 * PATIENCE, `${label} to look at`, async () => {
    const found = await inMessage(inbox.page, previewed);
    return found && ready(found) ? found : undefined;
  });
}

async function closePreview(inbox) {
  await inbox.press('Escape');
  await until(PATIENCE, 'no dialog', () =>
    inMessage(inbox.page, (root) => {
      const list = root.querySelector('pop3-attachments').shadowRoot;
      return list.querySelector('pop3-preview-dialog') === null;
    }),
  );
}

inBrowsers(
  {
    'looks at pictures, text and the pages of a PDF file, and runs none of it': async (given) => {
      const { inbox, mailbox, page } = given;
      const broken = { type: 'application/pdf', name: 'broken.pdf', content: 'no such file' };
      const long = { type: 'application/pdf', name: 'long.pdf', content: pdf(40) };
      await inbox.signIn(await mailbox([parcel('Parts', [...PARTS, broken, long])]));
      await page.evaluate(() => (window.ran = []));
      const strangers = [];
      const own = new URL(inbox.url).origin;
      page.on('request', (request) => {
        if (!/^(blob|data):/.test(request.url()) && !request.url().startsWith(`${own}/`)) {
          strangers.push(request.url());
        }
      });
      await read(inbox, 'Parts');
      const picture = await preview(inbox, 'dot.png', ({ image }) => image);
      assert.equal(picture.image, 'blob:');
      await closePreview(inbox);
      const text = await preview(inbox, 'notes.txt', ({ text: found }) => found);
      assert.equal(text.text, 'Grüße', 'in the charset that it names');
      await closePreview(inbox);
      for (const name of ['drawing.svg', 'page.html']) {
        const source = await preview(inbox, name, ({ text: found }) => found);
        assert.match(source.text, /<script>/, 'as characters');
        assert.equal(source.rendered, 0, name);
        await closePreview(inbox);
      }
      const first = await preview(inbox, 'plan.pdf', ({ page: drawn }) => drawn === '1');
      assert.deepEqual([first.words, first.red], ['Page number 1', true]);
      await click(inbox, '[aria-label="Next page"]');
      await until(PATIENCE, 'page 2', async () => {
        const { page: drawn, words } = await inMessage(page, previewed);
        return drawn === '2' && words === 'Page number 2';
      });
      await closePreview(inbox);
      const damaged = await preview(inbox, 'broken.pdf', ({ failed }) => failed);
      assert.match(damaged.failed, /cannot be shown/);
      await closePreview(inbox);
      // The second picture is none.
      await click(inbox, '[aria-label="Preview dot.png"]', 1);
      await until(PATIENCE, 'what is wrong', async () => {
        return (await inMessage(page, previewed))?.failed?.includes('cannot be shown');
      });
      await closePreview(inbox);
      assert.deepEqual(await page.evaluate(() => window.ran), []);
      assert.deepEqual(strangers, []);
      // By keyboard, and the focus is where it was before.
      const focused = () =>
        inMessage(page, (root) => {
          return root.querySelector('pop3-attachments').shadowRoot.activeElement?.ariaLabel;
        });
      await inMessage(page, (root) => {
        const list = root.querySelector('pop3-attachments').shadowRoot;
        list.querySelector('[aria-label="Preview long.pdf"]').focus();
      });
      await inbox.press('Enter');
      await until(PATIENCE, 'page 1', async () => (await inMessage(page, previewed))?.page === '1');
      await closePreview(inbox);
      await until(PATIENCE, 'the focus', async () => (await focused()) === 'Preview long.pdf');
    },

    'shows a PDF file whole that needs fonts and decoders from elsewhere': async (given) => {
      const { inbox, mailbox } = given;
      const needy = { type: 'application/pdf', name: 'needy.pdf', content: needyPdf() };
      await inbox.signIn(await mailbox([parcel('Needy', [needy])]));
      await read(inbox, 'Needy');
      const seen = await preview(inbox, 'needy.pdf', ({ page: drawn }) => drawn === '1');
      assert.match(seen.words, /MMMM/);
      assert.match(seen.words, /中文/, 'by the character map');
      assert.equal(seen.red, true, 'the picture');
      assert.ok(seen.inked > 0.2, `letters of a font that the file has not: ${seen.inked}`);
    },

    'lists the files that Outlook packed away': async ({ inbox, mailbox }) => {
      const container = winmail([
        { name: 'Größe.txt', type: 'text/plain', content: 'packed words' },
        { name: 'dot.png', content: RED_DOT },
      ]);
      const parts = [{ type: 'application/ms-tnef', name: 'winmail.dat', content: container }];
      await inbox.signIn(await mailbox([parcel('Packed', parts), letter('After', {})]));
      await read(inbox, 'Packed');
      await until(PATIENCE, 'the files', async () => (await names(inbox)).length === 3);
      assert.deepEqual(await names(inbox), ['winmail.dat', 'Größe.txt', 'dot.png']);
      await inbox.read('Outlook packed 2 files into this one');
      const text = await preview(inbox, 'Größe.txt', ({ text: found }) => found);
      assert.equal(text.text, 'packed words');
      await closePreview(inbox);
      const picture = await preview(inbox, 'dot.png', ({ image }) => image);
      assert.equal(picture.image, 'blob:');
      await closePreview(inbox);
      await read(inbox, 'After');
    },

    'opens attached messages, with a way back': async ({ inbox, mailbox, page }) => {
      await inbox.signIn(await mailbox([nested('Inner', 10)]));
      await read(inbox, 'Inner 10');
      for (let level = 9; level >= 2; level -= 1) {
        await click(inbox, '[aria-label="Open inner.eml"]');
        await shown(inbox, `Inner ${level}`);
      }
      // There is a bottom: what lies deeper is saved.
      const opens = await inMessage(page, (root) => {
        return root.querySelector('pop3-attachments').shadowRoot.querySelectorAll('.open').length;
      });
      assert.equal(opens, 0);
      for (let level = 3; level <= 10; level += 1) {
        await inbox.click('.outer');
        await shown(inbox, `Inner ${level}`);
      }
      assert.equal(await page.$('>>> .outer'), null);
    },

    'shows invitations, contacts and reports so that they can be read': async (given) => {
      const { inbox, mailbox, page } = given;
      const parts = [
        { type: 'text/calendar; method=REQUEST', name: 'invite.ics', content: INVITATION },
        { type: 'text/vcard', name: 'mary.vcf', content: CONTACT },
        { type: 'text/calendar', name: 'broken.ics', content: 'BEGIN:VCALENDAR\r\nBEGIN:VEVENT' },
      ];
      const forever = INVITATION.replace('TZID=Asia/Tokyo', 'TZID=Own').replace(
        'BEGIN:VEVENT',
        [
          ...['BEGIN:VTIMEZONE', 'TZID:Own', 'BEGIN:STANDARD', 'DTSTART:19700101T000000'],
          ...['TZOFFSETFROM:+0100', 'TZOFFSETTO:+0200', 'RRULE:FREQ=SECONDLY'],
          ...['END:STANDARD', 'END:VTIMEZONE', 'BEGIN:VEVENT'],
        ].join('\r\n'),
      );
      const circles = [{ type: 'text/calendar', name: 'circles.ics', content: forever }];
      await inbox.signIn(
        await mailbox([
          parcel('Invitation', parts),
          bounce('Undelivered'),
          parcel('Circles', circles),
          letter('After', {}),
        ]),
      );
      await page.evaluate(() => (window.ran = []));
      await read(inbox, 'Invitation');
      const card = (kind) => `.card.${kind}`;
      const invitation = await see(inbox, card('event'));
      assert.match(invitation, /Invitation First run of the engine/);
      assert.match(invitation, /July 1, 2027, 9:00.*10:30.*Asia\/Tokyo/);
      assert.match(invitation, /every week, 3 times/);
      assert.match(invitation, /Charles Babbage <charles@example.org> \(accepted\)/);
      assert.match(invitation, /mary@example.org \(optional\)/);
      assert.match(invitation, /<img src=x/);
      const contact = await see(inbox, card('contact'));
      assert.match(contact, /Mary Somerville.*Royal Society.*\+44 20 555 0101/);
      assert.deepEqual(await names(inbox), ['invite.ics', 'mary.vcf', 'broken.ics']);
      await read(inbox, 'Undelivered');
      const report = await see(inbox, card('report'));
      assert.match(report, /could not be delivered nobody@example\.net: not delivered \(5\.1\.1\)/);
      assert.match(report, /No such user/);
      // One that would count for ever holds up neither the page nor the next message.
      await read(inbox, 'Circles');
      await read(inbox, 'After');
      assert.deepEqual(await page.evaluate(() => window.ran), []);
    },

    // The last one: after a download, Firefox keeps the keyboard to its own window.
    'saves attachments one by one and all at once, octet by octet': async ({ inbox, mailbox }) => {
      await inbox.signIn(await mailbox([parcel('Parts', PARTS)]));
      await read(inbox, 'Parts');
      const listed = await names(inbox);
      assert.deepEqual(
        listed.filter((name) => !name.includes('run')),
        PARTS.map(({ name }) => name).filter((name) => !name.includes('run')),
      );
      const hostile = listed.find((name) => name.includes('run'));
      assert.doesNotMatch(hostile, /[/\\\u0000]|\.\./);
      await inbox.read('Outlook packed the formatting');
      await click(inbox, '[aria-label="Save winmail.dat"]');
      assert.deepEqual(await inbox.downloaded('winmail.dat'), EVERY_OCTET);
      await click(inbox, '.all');
      const archive = unzipSync(await inbox.downloaded('attachments.zip'));
      const dots = [...listed];
      dots[listed.lastIndexOf('dot.png')] = 'dot (2).png';
      assert.deepEqual(Object.keys(archive), dots);
      for (const [at, { content }] of PARTS.entries()) {
        assert.deepEqual(Buffer.from(archive[dots[at]]), Buffer.from(content), dots[at]);
      }
    },
  },
  // A file that is no picture, as the browser tells it.
  { expected: /Image corrupt|blob:|Failed to load resource/ },
);
