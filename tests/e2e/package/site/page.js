/** Puts the package, and what the tests need beside it, within reach of the tests' functions. */
import * as pop3 from '/pop3-wasm/js/index.js';

globalThis.pop3 = pop3;
globalThis.endpoint = new URL('/pop3', location).href;

/** A session with a server of the test bed, signed in if a user is given. */
globalThis.session = async (server, { user, password } = {}, options = {}) => {
  const client = await pop3.Pop3Client.connect({ url: endpoint, server, ...options });
  if (user !== undefined) {
    await client.user(user);
    await client.pass_(password);
  }
  return client;
};

/** What a call fails with, as plain data; `undefined` if it succeeds. */
globalThis.failure = async (call) => {
  try {
    await call();
    return undefined;
  } catch (error) {
    const { name, code, blame, message, serverText, responseCode } = error;
    const { undoneDeletions, unknownDeletions } = error;
    const isPop3Error = error instanceof pop3.Pop3Error && error instanceof Error;
    const fields = { isPop3Error, name, code, blame, message };
    return { ...fields, serverText, responseCode, undoneDeletions, unknownDeletions };
  }
};

/** The SHA-256 of octets in hexadecimal, to compare them without carrying them over. */
globalThis.digest = async (octets) => {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', octets));
  return Array.from(hash, (octet) => octet.toString(16).padStart(2, '0')).join('');
};
