/** The package in a module worker: one session, and one message taken apart. */
import { Pop3Client, parseMessage } from '/pop3-wasm/js/index.js';

self.onmessage = async ({ data: { server, user, password } }) => {
  try {
    const client = await Pop3Client.connect({ url: new URL('/pop3', self.location), server });
    await client.user(user);
    const { count } = await client.pass_(password);
    const { octets } = await client.retr(1);
    const { subject } = await parseMessage(octets);
    await client.quit();
    self.postMessage({ count, subject });
  } catch (error) {
    self.postMessage({ error: String(error) });
  }
};
