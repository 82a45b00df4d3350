/** Hostile HTML: no script runs and nothing is fetched, by either of the two defences. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, before, test } from 'node:test';
import { until } from '../lib/deadline.js';
import { PATIENCE, inBrowsers } from './inbox.js';
import { letter, newsletter } from './mail.js';
import { click, inFrame, inMessage, read } from './reading.js';
import { EXAMINED } from './reading-mail.js';
import { vectors } from './vectors.js';

/** Where the hostile addresses point: whoever connects has leaked, whatever it then says. */
let canary;
let visits = 0;
/** What visits said, where it was more than a connection. */
let requests = [];

before(async () => {
  canary = createServer((socket) => {
    visits += 1;
    socket.on('error', () => {});
    socket.once('data', (said) => {
      requests.push(said.subarray(0, 200).toString('latin1'));
      socket.destroy();
    });
  });
  canary.listen(0, '127.0.0.1');
  await once(canary, 'listening');
});

after(() => canary.close());

const port = () => canary.address().port;

function mailOf({ id, html }, index) {
  const body = `<p>vector ${id}</p>\r\n${html}`;
  return letter(id, { minutes: 10 + index, type: 'text/html', body });
}

/** What is left of a message in the frame that should not be; runs in the page. */
function remains(body, remote = false) {
  const found = [];
  const forbidden =
    'script,style,link,meta,base,iframe,frame,object,embed,form,input,button,select,textarea,' +
    'svg,math,template,video,audio,picture,source,dialog,details,noscript,marquee';
  for (const element of body.querySelectorAll(forbidden)) found.push(element.localName);
  for (const element of body.querySelectorAll('*')) {
    if (element.localName.includes('-')) found.push(element.localName);
    for (const { name, value } of element.attributes) {
      const harmless = {
        href: /^(https?|mailto):/,
        src: remote
          ? /^(https:|blob:|data:image\/(png|gif|jpeg|webp);)/
          : /^(blob:|data:image\/(png|gif|jpeg|webp);)/,
        target: /^_blank$/,
        rel: /^noopener noreferrer$/,
        role: /^(presentation|none)$/,
        style: /^(?!.*(url|image|position|var\(|vh|@|\\)).*$/is,
      };
      const banned = /^(on|data-|aria-|id$|name$|class$|srcset$|ping$|background$|poster$|cite$)/;
      if (banned.test(name) || harmless[name]?.test(value) === false) {
        found.push(`${element.localName} ${name}=${value}`);
      }
    }
  }
  return found;
}

/** What reaches out of the message's own box, or into what the page knows of it; runs in the page. */
function trespasses(body) {
  const found = [];
  const document = body.ownerDocument;
  const get = (name) =>
    Object.getOwnPropertyDescriptor(Document.prototype, name).get.call(document);
  if (get('body') !== body || document.defaultView.frames.length !== 0) found.push('clobbered');
  if (document.forms.length > 0 || document.styleSheets.length !== 1) found.push('forms or styles');
  if (
    document.head.querySelectorAll('script, link, base, meta:not([charset], [name])').length > 0
  ) {
    found.push('a head that is not ours');
  }
  for (const element of body.querySelectorAll('*')) {
    const { position } = document.defaultView.getComputedStyle(element);
    if (position !== 'static' && position !== 'relative') found.push(`position ${position}`);
  }
  return found;
}

/** Does to the message what a reader might; runs in the page. */
function provoke(body) {
  for (const element of body.querySelectorAll('*')) {
    if (element.hasAttribute('href')) continue;
    for (const type of ['click', 'mouseover', 'focus', 'toggle', 'error', 'load']) {
      element.dispatchEvent(new Event(type, { bubbles: true, cancelable: true }));
    }
  }
}

/** All that is wrong with a message, before it is provoked; runs in the page. */
const examine = `(body) => {
  const found = [...(${remains})(body), ...(${trespasses})(body)];
  (${provoke})(body);
  return found;
}`;

/** Goes from message to message; `visit` is told which one its frame shows. */
async function goThrough(inbox, all, visit) {
  await read(inbox, all[0].id);
  for (const [at, vector] of all.entries()) {
    if (at > 0) await inbox.press('j');
    await until(PATIENCE, `${vector.id} in its frame`, () => isFramed(inbox, vector));
    await visit(vector);
  }
}

function isFramed(inbox, { id }) {
  return inMessage(
    inbox.page,
    (root, wanted) => {
      const frame = root.querySelector('pop3-html-view')?.shadowRoot.querySelector('iframe');
      return frame?.contentDocument?.body?.textContent.includes(`vector ${wanted}`);
    },
    id,
  );
}

/** Opens those vectors one after the other; in halves, as a slow machine takes its time. */
async function showsHarmless({ inbox, mailbox, page }, isWanted) {
  const all = vectors(port()).filter((_, at) => isWanted(at));
  assert.ok(all.length >= 145, `${all.length} vectors`);
  await inbox.signIn(await mailbox(all.map(mailOf)));
  await page.evaluate(() => (window.ran = []));
  const address = page.url();
  const strangers = strangersOf(inbox);
  visits = 0;
  await goThrough(inbox, all, async ({ html }) => {
    assert.deepEqual(await inFrame(inbox, examine), [], html);
  });
  assert.deepEqual(await page.evaluate(() => window.ran), []);
  assert.deepEqual(strangers, []);
  assert.equal(visits, 0, 'connections to the addresses in the mail');
  assert.equal(page.url().split('#')[0], address.split('#')[0]);
}

/** Addresses outside the page that are asked for from now on. */
function strangersOf({ page, url }) {
  const strangers = [];
  const own = new URL(url).origin;
  page.on('request', (request) => {
    const address = request.url();
    if (!address.startsWith(`${own}/`) && !/^(blob|data):/.test(address)) strangers.push(address);
  });
  return strangers;
}

inBrowsers(
  {
    'shows hostile mail without running or fetching any of it': (given) =>
      showsHarmless(given, (at) => at % 2 === 0),

    'shows the other half of it without running or fetching any': (given) =>
      showsHarmless(given, (at) => at % 2 === 1),

    'fetches images and nothing else when remote content is asked for': async (given) => {
      const { inbox, mailbox, page } = given;
      const all = vectors(port()).filter(({ html }) => html.includes(`127.0.0.1:${port()}`));
      assert.ok(all.length >= 120, `${all.length} vectors`);
      await inbox.signIn(await mailbox(all.map(mailOf)));
      await page.evaluate(() => (window.ran = []));
      const strangers = strangersOf(inbox);
      const wanted = [];
      visits = 0;
      await goThrough(inbox, all, async (vector) => {
        const bar = () =>
          inMessage(page, (root) => {
            const view = root.querySelector('pop3-html-view');
            return view.updateComplete.then(
              () => view.shadowRoot.querySelector('.remote') !== null,
            );
          });
        if (!(await bar())) return;
        await click(inbox, '.remote button');
        await until(PATIENCE, `${vector.id} with its images`, async () => {
          return !(await bar()) && (await isFramed(inbox, vector));
        });
        assert.deepEqual(await inFrame(inbox, remains, true), [], vector.html);
        const sources = await inFrame(inbox, (body) =>
          [...body.querySelectorAll('img[src^="https:"]')].map(({ src }) => src),
        );
        assert.ok(sources.length > 0, vector.html);
        wanted.push(...sources);
      });
      assert.ok(wanted.length >= 6, `${wanted.length} images`);
      await until(PATIENCE, 'a visit of the canary', () => visits > 0);
      assert.deepEqual(await page.evaluate(() => window.ran), []);
      const others = strangers.filter((address) => !wanted.includes(address));
      assert.deepEqual(others, [], 'addresses that no image has');
    },

    'lists the images that the message does not show': async ({ inbox, mailbox }) => {
      const ids = ['img1', 'img10', 'behind', 'in%20words', 'unused'];
      const images = Object.fromEntries(ids.map((id, index) => [id, `${index}.png`]));
      const html =
        '<p style="background: url(cid:behind)">cid:in%20words</p><img src="cid:img10" alt="">';
      const all = { html, images, minutes: 6 };
      // The same HTML, but another part to fill it.
      const same = { html, images: { img10: 'ten.png', img1: 'one.png' } };
      await inbox.signIn(await mailbox([newsletter('All', all), newsletter('Same', same)]));
      const listed = () =>
        inMessage(inbox.page, (root) => {
          return root.querySelector('pop3-attachments')?.attachments.map(({ name }) => name);
        });
      const lists = async (...names) => {
        let last;
        const right = async () => JSON.stringify((last = await listed())) === JSON.stringify(names);
        await until(PATIENCE, `${names}`, right).catch(() => assert.deepEqual(last, names));
      };
      for (const round of ['fetched', 'from memory']) {
        await read(inbox, 'All');
        await lists('0.png', '2.png', '3.png', '4.png', 'octets.bin');
        assert.equal(await inFrame(inbox, (body) => body.querySelectorAll('img').length), 1, round);
        await read(inbox, 'Same');
        await lists('one.png', 'octets.bin');
      }
    },

    'shows a very long message when asked': async ({ inbox, mailbox }) => {
      const filler = `<!-- ${`${'x'.repeat(70)}\r\n`.repeat(30_000)} -->`;
      const body = `${filler}<p>The end</p>`;
      await inbox.signIn(await mailbox([letter('Long', { type: 'text/html', body })]));
      await read(inbox, 'Long');
      await click(inbox, '#view .note button');
      assert.match(await inFrame(inbox, (shown) => shown.textContent), /The end/);
    },

    'loads images from elsewhere only when asked': async ({ inbox, mailbox }) => {
      const html = `<p>Hello</p><img src="http://127.0.0.1:${port()}/1.png"><img src="cid:dot@here">`;
      const [other, third] = ['Other', 'Third'].map((subject) => {
        return letter(subject, { type: 'text/html', body: html });
      });
      const forged = letter('Forged', { type: 'text/html', body: html, fields: EXAMINED });
      const mail = [newsletter('Asks', { html }), other, third, forged];
      await inbox.signIn(await mailbox(mail));
      await read(inbox, 'Asks');
      visits = 0;
      await inbox.read('1 image from elsewhere is not loaded');
      assert.equal(await inFrame(inbox, (body) => body.querySelectorAll('img[src]').length), 1);
      assert.equal(visits, 0);
      await click(inbox, '.remote button');
      await until(PATIENCE, 'a visit of the canary', () => visits > 0);
      const images = await inFrame(inbox, (body) => {
        return [...body.querySelectorAll('img')].map(({ src, referrerPolicy }) => {
          return [new URL(src).protocol, referrerPolicy];
        });
      });
      assert.deepEqual(images, [
        ['https:', 'no-referrer'],
        ['blob:', 'no-referrer'],
      ]);
      // Asked for one message, not for the next.
      await read(inbox, 'Other');
      await inbox.read('1 image from elsewhere is not loaded');
      // Asked for the sender, it is for the next one too, unless a server disowns them.
      await click(inbox, '.remote button', 1);
      await read(inbox, 'Third');
      await until(PATIENCE, 'an image', () => {
        return inFrame(inbox, (body) => body.querySelector('img[src^="https:"]') !== null);
      });
      await read(inbox, 'Forged');
      await inbox.read('1 image from elsewhere is not loaded');
    },
  },
  // What the canary answers is no TLS; and the frame's policy says what it stopped while parsing.
  { expected: /Failed to load resource|Blocked script execution|Content Security Policy/ },
);

inBrowsers(
  {
    'has a frame that alone would hold hostile HTML': async ({ inbox, page }) => {
      requests = [];
      await page.evaluate(() => (window.ran = []));
      const all = vectors(port());
      for (let at = 0; at < all.length; at += FRAMES_AT_ONCE) {
        const some = all.slice(at, at + FRAMES_AT_ONCE);
        await Promise.all(some.map(({ html }) => page.evaluate(showUncleaned, html)));
      }
      // Nor when the reader is quicker than the browser.
      for (const { html } of all.filter(({ html }) => html.includes('prefetch'))) {
        await page.evaluate(showUncleaned, html, { hasty: true });
      }
      assert.deepEqual(await page.evaluate(() => window.ran), []);
      // Chromium connects to the host of an inner frame before it asks the policy, which then
      // stops the request: one more reason to clean first.
      assert.deepEqual(requests, [], 'requests to the addresses in the mail');
      assert.equal(page.url(), inbox.url);
      // The canary does hear: a frame without this policy would have told.
      await page.evaluate(showUncleaned, `<img src="https://127.0.0.1:${port()}/">`, {
        file: 'mail-remote',
      });
      await until(PATIENCE, 'a visit of the canary', () => requests.length > 0);
    },
  },
  // The policy at work: the browsers tell what it stopped.
  { expected: /./ },
);

const FRAMES_AT_ONCE = 8;

/** Puts HTML as it is into a frame like that of the page; runs in the page. */
async function showUncleaned(html, { file = 'mail', hasty = false } = {}) {
  const frame = document.createElement('iframe');
  frame.setAttribute('sandbox', 'allow-same-origin allow-popups allow-popups-to-escape-sandbox');
  frame.src = `./${file}.html`;
  const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
  document.body.append(frame);
  await loaded;
  const { body } = frame.contentDocument;
  body.innerHTML = html;
  // Whatever is tried at once is tried before two frames are drawn.
  if (!hasty) {
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  }
  if (file !== 'mail') return;
  frame.remove();
  // Emptied as the page does it: see `emptyFrame`.
  body.replaceChildren();
}

test('the vectors are many and different', () => {
  const all = vectors(1).map(({ html }) => html.replaceAll(/v\d+/g, ''));
  assert.equal(new Set(all).size, all.length);
});
