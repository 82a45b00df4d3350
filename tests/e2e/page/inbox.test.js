/** The main job, against a real mail server: sign in, read, save, delete, sign out. */
import assert from 'node:assert/strict';
import { inBrowsers } from './inbox.js';
import { EVERY_OCTET, letter, newsletter } from './mail.js';

const THREE = () => [
  letter('First', { minutes: 300 }),
  newsletter('Second', { minutes: 200 }),
  letter('Third', { minutes: 100, from: 'noreply@example.org' }),
];

inBrowsers({
  'lists the messages, newest first, with what their headers say': async ({ inbox, mailbox }) => {
    const account = await mailbox(THREE());
    await inbox.signIn(account, 'implicit');
    const rows = await inbox.rows();
    assert.deepEqual(
      rows.map(({ index, from, subject, attachments, unread, marked }) => {
        return { index, from, subject, attachments, unread, marked };
      }),
      [
        { index: 1, from: 'noreply@example.org', subject: 'Third', attachments: false },
        { index: 2, from: 'The Shop', subject: 'Second', attachments: true },
        { index: 3, from: 'Ada Lovelace', subject: 'First', attachments: false },
      ].map((row) => ({ ...row, unread: true, marked: false })),
    );
    for (const { date, size } of rows) {
      assert.match(date, /\d/);
      assert.match(size, /^\d.* (byte|kB)/);
    }
    await inbox.read('Encrypted');
    await inbox.read('3 not read');
    assert.equal(await inbox.page.title(), `(3) ${account.user}`);
    const grid = await inbox.page.$('>>> [role="grid"]');
    const facts = await grid.evaluate((found) => [found.ariaRowCount, found.ariaBusy]);
    assert.deepEqual(facts, ['3', 'false']);
  },

  'tells encrypted from plain connections': async ({ inbox, mailbox }) => {
    await inbox.signIn(await mailbox(THREE()), 'starttls');
    await inbox.see('.locked');
    await inbox.signOut();
    await inbox.read('You are signed out.');
    await inbox.signIn(await mailbox(THREE()), 'plain');
    assert.equal(await inbox.see('.open'), 'Not encrypted');
  },

  'fills in a demo mailbox, and takes it back for another server': async (given) => {
    const { bed, inbox, page } = given;
    await page.setRequestInterception(true);
    const servers = [
      { name: 'demo', title: 'Demo mailbox', tls: 'none', hint: { user: 'demo', password: 'try' } },
      { name: 'plain', title: 'Work', tls: 'none' },
    ];
    page.on('request', (request) => {
      if (!request.url().endsWith('/servers.json')) return request.continue();
      return request.respond({
        contentType: 'application/json',
        body: JSON.stringify({ servers }),
      });
    });
    await page.goto(bed.page, { waitUntil: 'load' });
    await inbox.read('This is a demo mailbox.');
    const fields = () => {
      return page.$$eval('#user, #password', (inputs) => inputs.map(({ value }) => value));
    };
    assert.deepEqual(await fields(), ['demo', 'try']);
    await page.select('#server', 'plain');
    await inbox.wait('empty fields', () => document.querySelector('#user').value === '');
    assert.deepEqual(await fields(), ['', '']);
  },

  'says that a mailbox is empty': async ({ inbox, mailbox }) => {
    await inbox.signIn(await mailbox());
    await inbox.read('This mailbox is empty.');
  },

  'shows a text message, its links and its quotes': async ({ inbox, mailbox }) => {
    const body = 'See <https://example.org/a?b=(c)>.\r\n> so you said\r\n<script>alert(1)</script>';
    await inbox.signIn(await mailbox([letter('Plain', { body })]));
    await inbox.openMessage('Plain');
    const text = await inbox.see('pop3-text-view >>> .block');
    assert.equal(text, 'See <https://example.org/a?b=(c)>.');
    const link = await inbox.page.$('>>> .block a');
    const target = await link.evaluate(({ href, target, rel }) => ({ href, target, rel }));
    assert.deepEqual(target, {
      href: 'https://example.org/a?b=(c)',
      target: '_blank',
      rel: 'noopener noreferrer',
    });
    assert.equal(await inbox.see('.quote-1'), 'so you said');
    await inbox.read('<script>alert(1)</script>');
    assert.equal((await inbox.rows())[0].unread, false);
  },

  'shows formatted mail in a frame, with the image that it carries': async ({ inbox, mailbox }) => {
    await inbox.signIn(await mailbox(THREE()));
    await inbox.openMessage('Second');
    const heading = await inbox.inFrame((body) => {
      const { textContent, ownerDocument } = body.querySelector('h2');
      const { color } = ownerDocument.defaultView.getComputedStyle(body.querySelector('h2'));
      return { textContent, color };
    });
    assert.deepEqual(heading, { textContent: 'News', color: 'rgb(1, 2, 3)' });
    await inbox.wait('the image drawn', () => {
      const view = document.querySelector('pop3-reader').shadowRoot.querySelector('pop3-html-view');
      const image = view.shadowRoot.querySelector('iframe').contentDocument.querySelector('img');
      return image.src.startsWith('blob:') && image.complete && image.naturalWidth === 1;
    });
  },

  'shows headers and source': async ({ inbox, mailbox }) => {
    const source = letter('Ünïcode source', { body: 'Grüße' });
    await inbox.signIn(await mailbox([source]));
    await inbox.openMessage('Ünïcode source');
    await inbox.click('#tab-headers');
    await inbox.read('<ncodesource@example.org>');
    await inbox.click('#tab-source');
    await inbox.wait(
      'the source',
      (wanted) => {
        const { shadowRoot } = document.querySelector('pop3-reader');
        const shown = shadowRoot.querySelector('pop3-text-view[source]')?.shadowRoot;
        return shown?.querySelector('pre')?.textContent.includes(wanted);
      },
      source.replaceAll('\r\n', '\n').trim().split('\n').at(-1),
    );
  },

  'links to the licences of the libraries in it': async ({ inbox, mailbox, page }) => {
    await inbox.signIn(await mailbox());
    const licences = await page.evaluate(async () => {
      const { shadowRoot } = document.querySelector('pop3-help-dialog');
      const answer = await fetch(shadowRoot.querySelector('.licences a').href);
      return { type: answer.headers.get('content-type'), text: await answer.text() };
    });
    assert.match(licences.type, /^text\/markdown/);
    for (const name of ['lit', 'dompurify', 'comlink']) {
      assert.match(licences.text, new RegExp(`^## ${name} - `, 'm'));
    }
  },

  'saves an attachment and a message, octet for octet': async ({ inbox, mailbox }) => {
    const source = newsletter('With a file', { name: '../../evil name.bin' });
    await inbox.signIn(await mailbox([source]));
    await inbox.openMessage('With a file');
    await inbox.click('pop3-attachments >>> button');
    assert.deepEqual(await inbox.downloaded('evil name.bin'), EVERY_OCTET);
    await inbox.click('[aria-label="Save as .eml"]');
    const saved = (await inbox.downloaded('With a file.eml')).toString('latin1');
    // Dovecot adds no octets of its own to a message; only its end may differ.
    assert.equal(saved.trimEnd(), Buffer.from(source).toString('latin1').trimEnd());
  },

  'shows how far a large message has come, and its beginning first': async (given) => {
    const { inbox, mailbox, page } = given;
    const line = 'All work and no play makes Jack a dull boy, said the shining machine.\r\n';
    const source = letter('Large', { body: line.repeat(200_000) });
    await inbox.signIn(await mailbox([source]));
    await page.evaluate(() => {
      window.progress = new Set();
      const watch = () => {
        const reader = document.querySelector('pop3-reader').shadowRoot;
        const bar = reader.querySelector('progress');
        if (bar !== null) window.progress.add(`${bar.value} ${bar.max}`);
        requestAnimationFrame(watch);
      };
      watch();
    });
    await inbox.openMessage('Large');
    const steps = await page.evaluate(() => [...window.progress]);
    const values = steps.map((step) => step.split(' ').map(Number));
    const onTheWay = values.filter(([value, max]) => value > 0 && value < max);
    assert.ok(onTheWay.length > 0, `the bar moved: ${steps.join(', ')}`);
    for (const [, max] of values) assert.ok(Math.abs(max - source.length) < 1000, `${max} octets`);
    await inbox.read('The first 200,000 of');
    await inbox.click('.more button');
    await inbox.wait(
      'as much as is ever shown',
      (length) => {
        const view = document
          .querySelector('pop3-reader')
          .shadowRoot.querySelector('pop3-text-view');
        const pieces = view.shadowRoot.querySelector('.pieces');
        return pieces.getAttribute('aria-busy') === 'false' && pieces.textContent.length > length;
      },
      2_900_000,
    );
  },

  'deletes what is marked at sign-out, and nothing else': async ({ bed, inbox, mailbox }) => {
    const account = await mailbox(THREE());
    await inbox.signIn(account);
    await inbox.mark('Second');
    await inbox.read('1 message will be deleted when you sign out.');
    let rows = await inbox.rows();
    assert.deepEqual(
      rows.map(({ marked }) => marked),
      [false, true, false],
    );
    assert.ok(rows[2].focused, 'the row below has the focus');

    await inbox.click('.undo');
    await inbox.wait('no mark', () => {
      return document.querySelector('pop3-message-list').rows.every(({ marked }) => !marked);
    });
    assert.equal(await bed.count(account.user), 3);

    await inbox.mark('First');
    await inbox.mark('Third');
    await inbox.click('.pending button');
    await inbox.mark('Second');
    assert.equal(await bed.count(account.user), 3, 'nothing is deleted before sign-out');
    await inbox.signOut();
    await inbox.read('You are signed out.');
    await inbox.read('1 message deleted from the server.');
    assert.equal(await bed.count(account.user), 2);

    await inbox.signIn(account);
    assert.deepEqual(await inbox.subjects(), ['Third', 'First']);
    await inbox.signOut();
    await inbox.read('Nothing was deleted.');
  },

  'checks for new mail and keeps what was read': async ({ bed, inbox, mailbox }) => {
    const account = await mailbox(THREE());
    await inbox.signIn(account);
    await inbox.openMessage('First');
    await inbox.mark('Second');
    await bed.deliver(account.user, [letter('Fourth', { minutes: 1 })]);
    await inbox.click('.check');
    await inbox.read('1 new message.');
    await inbox.filled();
    const rows = await inbox.rows();
    assert.deepEqual(
      rows.map(({ subject, unread, marked }) => [subject, unread, marked]),
      [
        ['Fourth', true, false],
        ['Third', true, false],
        ['Second', false, true],
        ['First', false, false],
      ],
    );
    await inbox.click('.check');
    await inbox.read('No new mail.');
    assert.equal(await bed.count(account.user), 4, 'checking deletes nothing');
  },

  'warns before the tab is closed with deletions pending': async ({ inbox, mailbox, page }) => {
    await inbox.signIn(await mailbox(THREE()));
    const asks = () =>
      page.evaluate(() => {
        const event = new Event('beforeunload', { cancelable: true });
        window.dispatchEvent(event);
        return event.defaultPrevented;
      });
    assert.equal(await asks(), false);
    await inbox.mark('First');
    assert.equal(await asks(), true);
    await inbox.press('u');
    await page.keyboard.down('Control');
    await page.keyboard.press('z');
    await page.keyboard.up('Control');
    await inbox.read('1 message restored.');
    assert.equal(await asks(), false);
  },

  'keeps 5,000 rows to those in sight': async ({ inbox, mailbox, page }) => {
    await inbox.signIn(await mailbox(THREE()));
    const drawn = await page.evaluate(async () => {
      const list = document.querySelector('pop3-message-list');
      const [row] = list.rows;
      list.rows = Array.from({ length: 5000 }, (_, at) => ({ ...row, key: `k${at}`, number: at }));
      await list.updateComplete;
      const viewport = list.shadowRoot.querySelector('.viewport');
      viewport.scrollTop = viewport.scrollHeight / 2;
      viewport.dispatchEvent(new Event('scroll'));
      await list.updateComplete;
      const rows = [...list.shadowRoot.querySelectorAll('[role="row"]')];
      const box = viewport.getBoundingClientRect();
      const inSight = rows.filter((one) => {
        const { top, bottom } = one.getBoundingClientRect();
        return bottom > box.top && top < box.bottom;
      });
      return { count: rows.length, inSight: inSight.length, first: inSight[0]?.ariaRowIndex };
    });
    assert.ok(drawn.count < 60, `${drawn.count} rows in the document`);
    assert.ok(drawn.inSight >= 8, `${drawn.inSight} rows in sight`);
    assert.ok(Math.abs(Number(drawn.first) - 2500) < 20, `row ${drawn.first} in the middle`);
  },
});
