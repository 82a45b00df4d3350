/** The reader as a person uses it; beside the harness in inbox.js. */
import { PATIENCE } from './inbox.js';
import { until } from '../lib/deadline.js';

/**
 * Asks the innermost message that is unfolded: `ask` runs in the page with the shadow root of its
 * element. In its scope is `all`, which gives what fits a selector, through shadow roots.
 */
export function inMessage(page, ask, ...values) {
  return page.evaluate(`(() => {
    ${find}
    const message = find(document, 'pop3-message', true);
    ${allIn}
    const all = (selector) => allIn(message.shadowRoot, selector);
    return message?.shadowRoot && (${ask})(message.shadowRoot, ...${JSON.stringify(values)});
  })()`);
}

/** The first element, or the last, that fits, through shadow roots; runs in the page. */
function find(root, selector, last = false) {
  let found = null;
  for (const element of root.querySelectorAll('*')) {
    const hit = element.matches(selector)
      ? element
      : element.shadowRoot && find(element.shadowRoot, selector, last);
    if (hit && !last) return hit;
    found = hit ?? found;
  }
  return found;
}

/** All that fit, in the order of the document, through shadow roots; runs in the page. */
function allIn(root, selector) {
  return [...root.querySelectorAll('*')].flatMap((element) => [
    ...(element.matches(selector) ? [element] : []),
    ...(element.shadowRoot ? allIn(element.shadowRoot, selector) : []),
  ]);
}

/** Waits until the message with this subject is there to be read. */
export async function shown(inbox, subject) {
  await inbox.wait(
    `“${subject}” open`,
    `(() => {
      ${find}
      const reader = find(document, 'pop3-reader');
      const heading = reader?.shadowRoot?.querySelector('h1')?.textContent.trim();
      const message = find(document, 'pop3-message', true);
      return heading === ${JSON.stringify(subject)} && message?.content?.status === 'ready' &&
        Boolean(message.shadowRoot?.querySelector('#view'));
    })()`,
  );
}

/** Opens the message with this subject, and waits until it can be read. */
export async function read(inbox, subject) {
  await inbox.choose(subject);
  await shown(inbox, subject);
}

/** Waits until the frame shows the message, and gives what `ask` answers about its body. */
export async function inFrame(inbox, ask, ...values) {
  const { page } = inbox;
  await until(PATIENCE, 'a filled frame', () =>
    inMessage(page, (root) => {
      const frame = root.querySelector('pop3-html-view')?.shadowRoot.querySelector('iframe');
      return frame?.contentDocument?.body?.hasChildNodes() === true;
    }),
  );
  return inMessage(
    page,
    `(root, ...values) => (${ask})(root.querySelector('pop3-html-view').shadowRoot
      .querySelector('iframe').contentDocument.body, ...values)`,
    ...values,
  );
}

/** Waits for an element of the message, and gives its text. */
export function see(inbox, selector, nth = 0) {
  return until(PATIENCE, `${selector} in the message`, () =>
    inMessage(
      inbox.page,
      (_, wanted, at) => {
        const found = all(wanted)[at];
        return found && { text: found.textContent.replace(/\s+/g, ' ').trim() };
      },
      selector,
      nth,
    ),
  ).then(({ text }) => text);
}

/** Clicks on an element of the message, once it is there. */
export function click(inbox, selector, nth = 0) {
  return until(PATIENCE, `${selector} to click on`, () =>
    inMessage(
      inbox.page,
      (_, wanted, at) => {
        const found = all(wanted)[at];
        found?.click();
        return found !== undefined;
      },
      selector,
      nth,
    ),
  );
}

/** Gives the page a theme, as its settings do. */
export async function setTheme(inbox, theme) {
  await inbox.page.evaluate(
    (wanted) => document.querySelector('pop3-app').store.saveSettings({ theme: wanted }),
    theme,
  );
  await inbox.wait(
    `the theme ${theme}`,
    (wanted) => document.documentElement.dataset.theme === wanted,
    theme,
  );
}

/** From now on, `window.longest` is how many milliseconds the page has stood still at most. */
export async function watchPauses(page) {
  await page.evaluate(() => {
    window.longest = 0;
    let last = performance.now();
    const tick = () => {
      window.longest = Math.max(window.longest, performance.now() - last);
      last = performance.now();
      setTimeout(tick);
    };
    tick();
  });
}
