/** A walk through all views of the page, for the tests that look at each of them. */
import { letter, newsletter } from './mail.js';

const TALK = [
  'Hello Charles,',
  '',
  'the engine weaves algebraic patterns just as the loom weaves flowers and leaves.',
  'The notes are at https://example.org/notes?page=7, please read them before Friday.',
  '',
  '> When will the cards be ready?',
  '>> And who will punch them?',
  '',
  'Best wishes',
  '-- ',
  'Ada',
].join('\r\n');

const HTML = `<div style="max-width: 36em; margin: auto">
  <h1 style="color: #2a4d8f">Autumn catalogue</h1>
  <p>Brass gears, <b>polished</b>, in every size. <a href="https://shop.example/gears">See all</a></p>
  <p><img src="cid:dot@here" alt="A red dot" width="48" height="48">
     <img src="https://shop.example/banner.png" alt="Banner"></p>
  <table border="1" cellpadding="6"><tr><th>Teeth</th><th>Price</th></tr>
    <tr><td>12</td><td>3 s.</td></tr><tr><td>48</td><td>11 s.</td></tr></table></div>`;

const SENDERS = [
  ['Ada Lovelace <ada@example.org>', 'Notes on the engine'],
  ['Mary Somerville <mary@example.org>', 'Dinner on Thursday'],
  ['=?utf-8?q?Jos=C3=A9_M=C3=BCller?= <jose@example.org>', 'Angebot Nr. 1837'],
  ['billing@example.com', 'Your invoice for the second quarter is ready, and so is your receipt'],
  [
    '=?utf-8?b?2LPYp9ix2Kk=?= <sara@example.org>',
    '=?utf-8?b?2YXZiNi52K8g2KfZhNin2KzYqtmF2KfYuQ==?=',
  ],
];

export const MAIL = () => [
  ...Array.from({ length: 20 }, (_, index) => {
    const [from, subject] = SENDERS[index % SENDERS.length];
    return letter(subject, { minutes: 400 * (31 - index), from });
  }),
  letter('The cards', { minutes: 50, body: TALK }),
  newsletter('Autumn catalogue', { minutes: 20, html: HTML, name: 'price list 1837.pdf' }),
];

/** Waits until a dialog of the page is open, and gives a function that closes it. */
async function dialog(inbox, name) {
  await inbox.wait(
    `${name} open`,
    (wanted) => {
      const home = document.querySelector(wanted);
      return (home?.shadowRoot ?? home)?.querySelector('dialog')?.open === true;
    },
    name,
  );
  return () =>
    inbox.wait(
      `${name} closed`,
      (wanted) => {
        const home = document.querySelector(wanted);
        const open = (home?.shadowRoot ?? home)?.querySelector('dialog[open]');
        open?.close();
        return !open;
      },
      name,
    );
}

/** Dialogs, and what each is about. */
const DIALOGS = [
  ['pop3-settings-dialog', 'general'],
  ['pop3-settings-dialog', 'storage'],
  ['pop3-settings-dialog', 'transfer'],
  ['pop3-settings-dialog', 'about'],
  ['pop3-sign-in-dialog', ''],
  ['pop3-account-dialog', 'account'],
  ['pop3-lock-dialog', 'account'],
];

/** Goes through the page, and calls `look` with the name of each view; signs in on its way. */
export async function visit(inbox, account, bed, look) {
  const { page } = inbox;
  await look('sign-in');
  await inbox.tryToSignIn({ ...account, password: 'wrong' });
  await inbox.see('.panel-error');
  await look('wrong-password');
  await inbox.signIn(account, 'implicit');
  await look('list');

  await inbox.choose('The cards', '.check input');
  await inbox.choose('Autumn catalogue', '.check input');
  await inbox.click('pop3-menu >>> button');
  await look('selection');
  await inbox.press('Escape');
  await page.evaluate(() => document.querySelector('pop3-app').store.list.selectNone());

  await inbox.openMessage('Autumn catalogue');
  await look('formatted');
  await inbox.press('u');
  await inbox.openMessage('The cards');
  await look('text');
  await inbox.press('#');
  await inbox.see('.undo');
  await look('deleted');
  await inbox.search('nowhere before:soon');
  await look('nothing-found');
  await inbox.click('.clear');
  await inbox.drawn();
  if (await page.$eval('>>> .menu', (button) => button.checkVisibility())) {
    await inbox.click('.menu');
    await inbox.wait('the folders', () => {
      return document.querySelector('pop3-sidebar').shadowRoot.activeElement !== null;
    });
    await look('folders');
    await inbox.press('Escape');
  }

  await page.evaluate(() => document.querySelector('pop3-message-list').focusActive());
  await inbox.press('?');
  let close = await dialog(inbox, 'pop3-help-dialog');
  await look('help');
  await close();
  for (const [name, about] of DIALOGS) {
    await page.evaluate(
      (wanted, what) => {
        const app = document.querySelector('pop3-app');
        const about = what === 'account' ? app.store.state.accounts[0].id : what;
        app.dispatchEvent(new CustomEvent('dialog', { detail: { name: wanted, about } }));
      },
      name,
      about,
    );
    close = await dialog(inbox, name);
    await look([name.replace(/^pop3-|-dialog$/g, ''), about].join('-'));
    await close();
  }

  await bed.stopProxy();
  try {
    await inbox.fetch();
    await inbox.see('.bar.failure');
    await look('failed-fetch');
  } finally {
    await bed.startProxy();
  }
}

/** Waits until nothing moves any more, so that colours are measured and not fades. */
export async function settled(page) {
  await page.evaluate(async () => {
    const roots = [document];
    for (const root of roots) {
      for (const element of root.querySelectorAll('*')) {
        if (element.shadowRoot) roots.push(element.shadowRoot);
      }
    }
    const moving = roots.flatMap((root) => root.getAnimations?.() ?? []);
    const finite = moving.filter(
      ({ effect }) => effect.getComputedTiming().iterations !== Infinity,
    );
    await Promise.allSettled(finite.map(({ finished }) => finished));
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  });
}
