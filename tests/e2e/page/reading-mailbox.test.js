/** Reading as people do it: conversations, warnings, headers, paper, and mail that is broken or huge. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { until } from '../lib/deadline.js';
import { PATIENCE, inBrowsers } from './inbox.js';
import { letter, newsletter } from './mail.js';
import { click, inFrame, inMessage, read, see, setTheme, shown, watchPauses } from './reading.js';
import { EXAMINED, INVITATION, LIST, PARTS, parcel } from './reading-mail.js';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** The shadow root of the reader; runs in the page. */
const READER = `(() => {
  const find = (root) => {
    for (const element of root.querySelectorAll('*')) {
      if (element.localName === 'pop3-reader') return element.shadowRoot;
      const inside = element.shadowRoot && find(element.shadowRoot);
      if (inside) return inside;
    }
    return null;
  };
  return find(document);
})()`;

/** Asks the reader, once it is there: it is loaded with the first message. */
const inReader = async (page, ask) => {
  await until(PATIENCE, 'the reader', () => page.evaluate(`${READER} !== null`));
  return page.evaluate(`(${ask})(${READER})`);
};

/** Three letters of one conversation. */
function conversation() {
  const reply = (at) => [`In-Reply-To: <Looms@example.org>`, `References: <Looms@example.org>`, at];
  const quote = Array.from({ length: 12 }, (_, at) => `> line ${at}`).join('\r\n');
  return [
    letter('Looms', { minutes: 90, body: 'The first.' }),
    letter('AW: Looms', {
      minutes: 60,
      body: `The second.\r\n\r\n${quote}`,
      fields: reply('X-At: 2'),
    }),
    letter('Re: Looms', { minutes: 30, body: 'The third.', fields: reply('X-At: 3') }),
  ];
}

inBrowsers(
  {
    'unfolds the newest message of a conversation, and others when asked': async (given) => {
      const { inbox, mailbox, page } = given;
      await inbox.signIn(await mailbox(conversation()));
      await inbox.choose('Re: Looms');
      await inbox.read('3 messages in this conversation');
      const unfolded = () =>
        inReader(page, (root) =>
          [...root.querySelectorAll('.member')].map((one) => one.getAttribute('aria-expanded')),
        );
      await until(PATIENCE, 'the newest unfolded', async () => {
        return (await unfolded()).join() === 'false,false,true';
      });
      await inbox.read('The third.');
      // By keyboard, from its heading back to the one before.
      await inReader(page, (root) => root.querySelectorAll('.member')[1].focus());
      await inbox.press('Enter');
      await inbox.read('The second.');
      assert.equal((await unfolded()).join(), 'false,true,true');
      // What it quotes is folded, and opens.
      const quotes = () =>
        inReader(page, (root) => {
          const message = root.querySelector('pop3-message').shadowRoot;
          const details = message
            .querySelector('pop3-text-view')
            ?.shadowRoot.querySelector('details');
          return details && [details.open, details.querySelector('summary').textContent.trim()];
        });
      await until(PATIENCE, 'quotes', quotes);
      assert.deepEqual(await quotes(), [false, '12 quoted lines']);
      await inbox.press('Enter');
      await until(
        PATIENCE,
        'it folded',
        async () => (await unfolded()).join() === 'false,false,true',
      );
    },

    'tells in one bar what is odd, and nothing of what is not': async ({
      inbox,
      mailbox,
      page,
    }) => {
      const html =
        '<a href="https://evil.test/">https://bank.example/</a> <a href="https://a.test/">b</a>';
      const odd = letter('Odd', {
        from: '"service@bank.example" <x@xn--80ak6aa92e.com>',
        fields: [...EXAMINED, 'Reply-To: boss@gmail.com'],
        type: 'text/html',
        body: html,
      });
      await inbox.signIn(await mailbox([odd, letter('Plain', {}), newsletter('News', {})]));
      const bar = () =>
        inMessage(page, (root) => {
          const { shadowRoot } = root.querySelector('pop3-signs-bar');
          return [...shadowRoot.querySelectorAll('li')].map((sign) => sign.textContent.trim());
        });
      await read(inbox, 'Odd');
      await until(PATIENCE, 'all signs', async () => (await bar()).length === 5);
      assert.deepEqual(await bar(), [
        'mx.example.net could not confirm that the sender is who they say (DMARC and DKIM).',
        'The sender’s address looks like аррӏе.com, but some of its letters are others that look alike: xn--80ak6aa92e.com.',
        'The sender’s name shows service@bank.example, but the message is from x@xn--80ak6aa92e.com.',
        'An answer would go to boss@gmail.com, a private mailbox elsewhere.',
        'A link names bank.example but leads to evil.test.',
      ]);
      for (const subject of ['Plain', 'News']) {
        await read(inbox, subject);
        assert.deepEqual(await bar(), [], subject);
      }
    },

    'shows the way of a message, who examined it, and how to leave its list': async (given) => {
      const { inbox, mailbox, page } = given;
      await inbox.signIn(await mailbox([letter('Way', { fields: [...EXAMINED, ...LIST] })]));
      await read(inbox, 'Way');
      await click(inbox, '#tab-headers');
      await see(inbox, '.path');
      const { path, found } = await inMessage(page, (root) => {
        const view = root.querySelector('pop3-headers-view').shadowRoot;
        const cells = (row) => [...row.cells].map((cell) => cell.textContent.trim());
        return {
          path: [...view.querySelectorAll('.path tbody tr')].map(cells),
          found: [...view.querySelectorAll('.authentication li')].map((one) => one.textContent),
        };
      });
      // The last lines are those of the server that the mail came from; these were before.
      const own = path.findIndex(([from]) => from.startsWith('desk.bank.example'));
      assert.deepEqual(path[own].slice(0, 2), [
        'desk.bank.example [192.0.2.9]',
        'relay.bank.example (ESMTP)',
      ]);
      assert.equal(path[own + 1][0], 'relay.bank.example [192.0.2.7]');
      assert.equal(path[own + 1][3], '20 min');
      if (found.length > 0) assert.match(found.join(), /SPF: pass.*DKIM: fail.*DMARC: fail/);
      await click(inbox, '.list a');
      const dialog = () =>
        inMessage(page, (root) => {
          const { shadowRoot } = root.querySelector('pop3-link-dialog');
          const open = shadowRoot.querySelector('dialog[open]');
          return open && [open.querySelector('.open').href, open.textContent.replace(/\s+/g, ' ')];
        });
      await until(PATIENCE, 'the question', dialog);
      const [href, words] = await dialog();
      assert.equal(href, 'https://lists.example.org/leave?me');
      assert.match(words, /Whoever runs it learns that you read this/);
      await inbox.press('Escape');
      await until(PATIENCE, 'no question', async () => !(await dialog()));
      assert.equal((await inbox.context.pages()).length, 1);
    },

    'keeps designed mail light in a dark page, and turns it when asked': async (given) => {
      const { inbox, mailbox, page } = given;
      const html = (subject, body) => letter(subject, { type: 'text/html', body });
      const designed = '<table bgcolor="#ffeedd"><tr><td style="color: #123">Designed</table>';
      await inbox.signIn(
        await mailbox([html('Plain', '<p>Plain words'), html('Designed', designed)]),
      );
      await setTheme(inbox, 'dark');
      const canvas = () =>
        inFrame(inbox, (body) => {
          const root = body.parentElement;
          const { backgroundColor, filter } = body.ownerDocument.defaultView.getComputedStyle(root);
          return [root.dataset.canvas, backgroundColor, filter === 'none'].join(' ');
        });
      const becomes = (expected) =>
        until(PATIENCE, expected, async () => (await canvas()) === expected);
      await read(inbox, 'Plain');
      await becomes('dark rgb(26, 30, 36) true');
      await click(inbox, '.canvas button');
      await becomes('light rgb(255, 255, 255) true');
      await read(inbox, 'Designed');
      await becomes('light rgb(255, 255, 255) true');
      await click(inbox, '.canvas button');
      await becomes('turned rgb(219, 224, 229) false');
      await setTheme(inbox, 'light');
      await read(inbox, 'Plain');
      await becomes('light rgb(255, 255, 255) true');
    },

    'prints the message alone, without scripts': async ({ inbox, mailbox, page }) => {
      const html =
        '<p style="color: red" onclick="top.ran.push(1)">Hello</p><img src="cid:dot@here">';
      await inbox.signIn(await mailbox([newsletter('Paper', { html }), letter('Text', {})]));
      const printed = async () => {
        // Nothing is printed here; what would be is in a frame of its own.
        await page.evaluate(() => {
          window.printed = [];
          const { append } = document.body;
          document.body.append = function (...nodes) {
            const [frame] = nodes;
            if (frame.localName === 'iframe') {
              frame.addEventListener('load', () => {
                frame.contentWindow.print = () => window.printed.push(frame);
              });
            }
            return append.apply(this, nodes);
          };
        });
        await click(inbox, '.print');
        await inbox.wait('a frame for paper', () => window.printed.length === 1);
        return page.evaluate(() => {
          const [frame] = window.printed;
          delete document.body.append;
          const { body } = frame.contentDocument;
          const found = {
            text: body.textContent.replace(/\s+/g, ' '),
            sandbox: frame.getAttribute('sandbox'),
            images: [...body.querySelectorAll('img')].map(({ src }) => new URL(src).protocol),
            handlers: body.querySelectorAll('[onclick]').length,
            sheets: frame.src.split('/').at(-1),
          };
          frame.contentWindow.dispatchEvent(new Event('afterprint'));
          return { ...found, left: document.querySelectorAll('iframe.print').length };
        });
      };
      await read(inbox, 'Paper');
      const paper = await printed();
      assert.match(paper.text, /Paper.*From: The Shop <news@shop.example>.*To: charles.*Hello/);
      assert.deepEqual([paper.images, paper.handlers, paper.left], [['blob:'], 0, 0]);
      assert.doesNotMatch(paper.sandbox, /scripts/);
      assert.equal(paper.sheets, 'mail.html');
      await read(inbox, 'Text');
      assert.match((await printed()).text, /Subject|Text.*This is Text\./);
    },

    'shows a header that is stored alone, and gets the rest when asked': async (given) => {
      const { bed, inbox, mailbox, page } = given;
      const account = await mailbox([]);
      await inbox.signIn(account);
      await page.evaluate(async () => {
        const { store } = document.querySelector('pop3-app');
        const [{ id, policy }] = store.state.accounts;
        await store.mail.updateAccount(id, { policy: { ...policy, what: 'headers' } });
      });
      await bed.deliver(account.user, [
        letter('Later', { body: `The rest. ${'x'.repeat(9_000)}` }),
      ]);
      await inbox.fetch();
      await read(inbox, 'Later');
      assert.match(await see(inbox, '.rest'), /Only the header of this message is stored here/);
      const tabs = await inMessage(page, (root) => {
        return [...root.querySelectorAll('[role="tab"]')].map(({ id }) => id);
      });
      assert.deepEqual(tabs, ['tab-headers', 'tab-source']);
      await click(inbox, '.rest button');
      await until(PATIENCE, 'the rest', async () =>
        inMessage(page, (root) =>
          root.querySelector('pop3-text-view')?.content.includes('The rest.'),
        ),
      );
      assert.equal(await inMessage(page, (root) => root.querySelector('.rest') === null), true);
    },

    'shows what can be shown of broken mail, and its source': async ({ inbox, mailbox, page }) => {
      const broken = {
        Unclosed:
          'Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n',
        Encoded: 'Content-Transfer-Encoding: base64\r\nContent-Type: text/html\r\n\r\n!!!!%%%%\r\n',
        Charset: 'Content-Type: text/plain; charset=no-such\r\n\r\n\u0000\u0001\u00ff\r\n',
        Deep: `${'Content-Type: multipart/mixed; boundary=d\r\n\r\n--d\r\n'.repeat(400)}`,
        Headers: `${'X-Filler: x\r\n'.repeat(20_000)}\r\nbody`,
        Nothing: '',
      };
      const mail = Object.entries(broken).map(([subject, rest]) => {
        return Buffer.from(`Subject: ${subject}\r\n${rest}`, 'latin1');
      });
      await inbox.signIn(await mailbox(mail));
      for (const subject of Object.keys(broken)) {
        await read(inbox, subject);
        await click(inbox, '#tab-source');
        await until(PATIENCE, `the source of ${subject}`, () =>
          inMessage(
            page,
            (root, wanted) => {
              const view = root.querySelector('pop3-text-view[source]');
              return view?.content.includes(`Subject: ${wanted}`);
            },
            subject,
          ),
        );
        assert.ok(await inMessage(page, (root) => root.querySelector('#view').clientHeight > 10));
      }
    },

    'answers while a message of fifty megabytes is opened': async ({ inbox, mailbox, page }) => {
      const octets = Buffer.alloc(37_000_000, 'pop3');
      const type = 'application/octet-stream';
      const big = parcel('Big', [{ type, name: 'big.bin', content: octets }]);
      assert.ok(big.length > 50_000_000);
      await inbox.signIn(await mailbox([big, letter('Small', {})]));
      await watchPauses(page);
      await inbox.choose('Big');
      await shown(inbox, 'Big');
      await click(inbox, '#tab-source');
      await until(PATIENCE, 'its source', () =>
        inMessage(page, (root) => root.querySelector('pop3-text-view[source]')?.pieces.length > 0),
      );
      const longest = await page.evaluate(() => window.longest);
      assert.ok(longest < 3_000, `the page did not answer for ${longest} ms`);
      await click(inbox, '.attachments .save, [aria-label="Save big.bin"]');
      const saved = await until(3 * PATIENCE, 'the whole file', async () => {
        const found = await inbox.downloaded('big.bin');
        return found.length === octets.length ? found : undefined;
      });
      assert.ok(saved.equals(octets));
      await read(inbox, 'Small');
    },

    'is accessible in each of its views and both themes': async ({ inbox, mailbox, page }) => {
      const axe = await readFile(AXE, 'utf8');
      const invitation = { type: 'text/calendar', name: 'invite.ics', content: INVITATION };
      const odd = parcel('Everything', [...PARTS, invitation], {
        from: '"service@bank.example" <x@evil.test>',
        fields: [...EXAMINED, ...LIST, 'Reply-To: boss@gmail.com'],
        text: `Hello\r\n\r\n${'> quoted\r\n'.repeat(12)}`,
      });
      const remote =
        '<p>Hello <img src="https://a.example/x.png"> <a href="https://b.example/">b</a></p>';
      await inbox.signIn(
        await mailbox([
          odd,
          letter('Remote', { type: 'text/html', body: remote }),
          ...conversation(),
        ]),
      );
      const look = async (view) => {
        for (const theme of ['light', 'dark']) {
          await setTheme(inbox, theme);
          await page.evaluate(axe);
          const violations = await page.evaluate(async () => {
            const options = { iframes: false, resultTypes: ['violations'] };
            const found = await globalThis.axe.run('pop3-reader', options);
            return found.violations.flatMap(({ id, nodes }) =>
              nodes.map(({ target, failureSummary }) => `${id} at ${target}: ${failureSummary}`),
            );
          });
          assert.deepEqual(violations, [], `${view}, ${theme}`);
        }
      };
      await read(inbox, 'Everything');
      await see(inbox, '.card');
      await look('text with all there is');
      // From tab to tab by keyboard.
      await inMessage(page, (root) => root.querySelector('#tab-text').focus());
      await inbox.press('ArrowRight');
      await see(inbox, '.headers');
      await look('headers');
      await inbox.press('ArrowRight');
      await see(inbox, 'pop3-text-view[source]');
      await look('source');
      await click(inbox, '[aria-label="Preview plan.pdf"]');
      await see(inbox, '[data-drawn="1"]');
      await look('preview');
      await inbox.press('Escape');
      await read(inbox, 'Remote');
      await see(inbox, '.remote');
      await look('remote content');
      await inbox.choose('Re: Looms');
      await inbox.read('3 messages in this conversation');
      await look('conversation');
    },
  },
  { expected: /Blocked script execution/ },
);
