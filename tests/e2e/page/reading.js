/** The reader as a person uses it; beside the harness in inbox.js. */
import { PATIENCE } from './inbox.js';
import { until } from '../lib/deadline.js';

/**
 * Asks the innermost message that is unfolded: `ask` runs in the page with the shadow root of its
 * element, and `find`, which looks for a selector through shadow roots.
 */
export function inMessage(page, ask, ...values) {
  return page.evaluate(`(() => {
    ${find}
    const message = find(document, 'pop3-message', true);
    return message && (${ask})(message.shadowRoot, ...${JSON.stringify(values)});
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

/** Waits until the message with this subject is there to be read. */
export async function shown(inbox, subject) {
  await inbox.wait(
    `“${subject}” open`,
    `(() => {
      ${find}
      const reader = find(document, 'pop3-reader');
      const heading = reader?.shadowRoot.querySelector('h1')?.textContent.trim();
      const message = find(document, 'pop3-message', true);
      return heading === ${JSON.stringify(subject)} && message?.content?.status === 'ready' &&
        message.shadowRoot.querySelector('#view') !== null;
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

/** Clicks on an element of the message, once it is there. */
export async function click(inbox, selector, nth = 0) {
  await until(PATIENCE, `${selector} to click on`, () =>
    inMessage(
      inbox.page,
      (root, wanted, at) => {
        const all = [];
        const look = (tree) => {
          for (const element of tree.querySelectorAll('*')) {
            if (element.matches(wanted)) all.push(element);
            if (element.shadowRoot) look(element.shadowRoot);
          }
        };
        look(root);
        all[at]?.click();
        return all[at] !== undefined;
      },
      selector,
      nth,
    ),
  );
}
