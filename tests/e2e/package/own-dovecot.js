// A Dovecot whose certificate is signed by an authority of the tests' own, with one user and his mail.

import { after, before } from 'node:test';
import { Certificates } from '../lib/certificates.js';
import { startTestbed } from '../lib/testbed.js';

export const NAME = 'pop.tests.example';
export const HOST = '127.0.0.1';

export const certificates = new Certificates();
export const authority = certificates.authority('Root');
export const own = certificates.server([NAME], { issuer: authority });

/** Both are there while the tests of the file run. */
export let testbed;
export let dovecot;

/** Starts it for the tests of this file, with these messages. */
export function useOwnDovecot(messages) {
  before(async () => {
    testbed = await startTestbed();
    const { chainFile: chain, keyFile: key } = own;
    dovecot = await testbed.dovecot({ chain, key, user: 'reader', messages });
  });

  after(async () => {
    certificates.end();
    await testbed?.stop();
  });
}
