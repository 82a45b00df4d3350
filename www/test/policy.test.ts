import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listedAttachments } from '../src/lib/attachments.ts';
import { contentIdOf, imageSource, isRaster, isStyleSafe } from '../src/lib/html-policy.ts';

test('styles that could load or escape are dropped', () => {
  const bad = [
    'background: url(x)',
    'background: URL (x)',
    'background: u\\72l(x)',
    'background: image-set("x" 1x)',
    'background: image("x")',
    'width: expression(1)',
    'background: var(--x)',
    'width: attr(x)',
    'margin: env(x)',
    'position: fixed',
    'position : absolute',
    'position:/**/fixed',
    'position: sticky',
    'behavior: x',
    '-moz-binding: x',
    'content: "x"',
    'cursor: x',
    'animation: x 1s',
    'filter: x',
    '@import "x"',
    'color: red } body { color: red',
    'height: 100vh',
    'min-height: 50dvh',
    `color: ${'x'.repeat(5000)}`,
  ];
  for (const style of bad) assert.equal(isStyleSafe(style), false, style);
  const good = [
    'color: red; background: #fff; background-color: rgb(1 2 3)',
    'position: relative; margin: 0 auto; padding: 1em',
    'background-position: center; position:static',
    'font: bold 12px/1.5 Georgia, serif; text-align: center',
    'border-collapse: collapse; width: 50vw; height: 20px',
  ];
  for (const style of good) assert.equal(isStyleSafe(style), true, style);
});

test('an image is kept, fetched from the message, asked for, or dropped', () => {
  assert.deepEqual(imageSource('data:image/png;base64,AAAA'), { kind: 'keep' });
  assert.deepEqual(imageSource('cid:a%40b'), { kind: 'part', contentId: 'a@b' });
  const remote = { kind: 'remote', url: 'https://example.org/x' };
  for (const src of ['https://example.org/x', ' http://u:p@example.org/x', '//example.org/x']) {
    assert.deepEqual(imageSource(src), remote, src);
  }
  const dropped = [
    'data:image/svg+xml;base64,AAAA',
    'data:image/png,<svg>',
    'data:text/html,x',
    'javascript:x',
    'blob:x',
    'file:///x',
    'x.png',
    '',
    'https://',
  ];
  for (const src of dropped) assert.deepEqual(imageSource(src), { kind: 'drop' }, src);
  assert.equal(contentIdOf('<a@b>'), 'a@b');
  assert.equal(contentIdOf('%zz'), '%zz');
  assert.equal(isRaster('image/png'), true);
  assert.equal(isRaster('image/svg+xml'), false);
});

test('images that the HTML shows are not listed as attachments', () => {
  const part = (type: string, contentId?: string) => {
    const where = { start: 0, end: 1, related: true };
    const base = { type, size: 1, inline: true, content: new Uint8Array(1), ...where };
    return contentId === undefined ? base : { ...base, contentId };
  };
  const attachments = [
    part('image/png', 'shown@x'),
    part('image/png', 'unused@x'),
    part('image/svg+xml', 'shown@x'),
    part('application/pdf'),
  ];
  const none = {
    from: [],
    to: [],
    cc: [],
    replyTo: [],
    bcc: [],
    deliveredTo: [],
    received: [],
    bodyStart: 0,
    inReplyTo: [],
    references: [],
    headers: [],
  };
  const message = { ...none, mayHaveAttachments: true, attachments };
  assert.deepEqual(listedAttachments(message, new Set()), attachments);
  assert.deepEqual(
    listedAttachments(message, new Set(attachments.slice(0, 1))),
    attachments.slice(1),
  );
  assert.deepEqual(listedAttachments(message, 'pending'), attachments.slice(2));
});
