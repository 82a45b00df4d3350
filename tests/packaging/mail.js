/** The message that each project reads, and what it has to find. */
import assert from 'node:assert/strict';

export const MESSAGE = [
  'From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>',
  'Subject: =?iso-8859-1?q?Gr=FC=DFe?=',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=b',
  '',
  '--b',
  'Content-Type: text/plain; charset=shift_jis',
  'Content-Transfer-Encoding: 8bit',
  '',
  // こんにちは, in a charset that is the host's.
  Buffer.from('82b182f182c982bf82cd', 'hex').toString('latin1'),
  '--b',
  'Content-Type: application/octet-stream',
  'Content-Disposition: attachment; filename=data.bin',
  'Content-Transfer-Encoding: base64',
  '',
  ...Array.from({ length: 1_000 }, () => 'A'.repeat(76)),
  '--b--',
  '',
].join('\r\n');

/** Gives the octets for the mailbox. */
export const octets = () => Buffer.from(MESSAGE, 'latin1');

/** Looks whether a project has found what is in the mailbox. */
export function assertRead({ stat, text, ...rest }) {
  assert.equal(stat.count, 1);
  // Dovecot adds fields to what it is handed.
  assert.ok(stat.size >= MESSAGE.length, String(stat.size));
  assert.equal(text.trim(), 'こんにちは');
  assert.deepEqual(rest, {
    subject: 'Grüße',
    from: [{ name: 'Jürgen', address: 'j@example.org' }],
    attachment: { name: 'data.bin', size: 57_000 },
    same: true,
    code: 'rejected',
  });
}
