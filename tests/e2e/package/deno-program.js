/**
 * Run by Deno: does what the JSON in its argument says, one thing after the other, and prints what came of
 * each. A thing is `{ options, by?, credentials?, abort?, then? }`: connect with these options, sign in if
 * there are credentials and read the mailbox, then quit, or close, or send USER.
 */
import { createHash } from 'node:crypto';
import { connectDeno, openDeno } from 'pop3-wasm/deno';
import { Pop3Client as Secure } from 'pop3-wasm/tls';
import { connectInWorker } from 'pop3-wasm/worker';

const WAYS = {
  deno: connectDeno,
  worker: connectInWorker,
  secure: async ({ tls, ...options }) =>
    Secure.connect({ streams: await openDeno({ ...options, tls: 'none' }), tls }),
};

async function perform({ options, by = 'deno', credentials, abort, then = 'quit' }) {
  const stop = new AbortController();
  if (abort !== undefined) setTimeout(() => stop.abort(new Error('no more')), abort);
  const client = await WAYS[by]({ ...options, signal: stop.signal });
  try {
    const { connection } = client;
    const welcome = await client.getwelcome();
    const messages = [];
    if (credentials !== undefined) {
      await client.login(credentials);
      for await (const { octets } of client.messages()) messages.push(digest(octets));
    }
    if (then === 'quit') await client.quit();
    if (then === 'user') await client.user('a');
    return { connection, welcome, messages };
  } finally {
    client.close();
  }
}

const digest = (octets) => createHash('sha256').update(octets).digest('hex');

for (const thing of JSON.parse(Deno.args[0])) {
  let outcome;
  try {
    outcome = await perform(thing);
  } catch ({ name, code, blame, cause, serverText }) {
    outcome = { name, code, blame, cause: cause && `${cause.name}: ${cause.message}`, serverText };
  }
  console.log(JSON.stringify(outcome));
}
