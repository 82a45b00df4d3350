/** What is read is what was sent: colours, length, links and names as they are. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { inBrowsers } from './inbox.js';
import { letter } from './mail.js';

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
      await inbox.openMessage(subject);
      assert.deepEqual(await inbox.inFrame(painted), colours, subject);
    }
  },
});
