/**
 * The jobs of the benchmarks by this package's client: the same code in Node and in browsers.
 *
 * `connect` gives a client. With `verify` the outcome has octets and digest of all messages, which
 * takes time of its own.
 */
export async function work(connect, account, { job, known = [], newest = 100, verify = false }) {
  const sum = summing();
  let [count, wire, first] = [0, 0];
  const start = performance.now();
  const onProgress = () => {
    first ??= performance.now() - start;
  };
  const take = async ({ octets }) => {
    count += 1;
    wire += octets.byteLength;
    if (verify) await sum.add(octets);
  };
  const client = await connect();
  await client.login({ ...account, allowPlaintext: true });
  if (job === 'list') {
    const [entries] = await Promise.all([client.list(), client.uidl()]);
    const numbers = entries.slice(-newest).map(({ number }) => number);
    for await (const top of client.messages({ numbers: numbers.reverse(), lines: 0, onProgress })) {
      await take(top);
    }
  } else if (job === 'all') {
    for await (const message of client.messages({ onProgress })) await take(message);
  } else if (job === 'new') {
    for await (const message of client.fetchNew({ seen: known, onProgress })) await take(message);
  } else {
    const entries = await client.list();
    const half = entries.filter((_, at) => at % 2 === 0);
    await Promise.all(half.map(({ number }) => client.dele(number)));
    count = half.length;
    await client.quit();
  }
  const seconds = (performance.now() - start) / 1_000;
  if (job !== 'delete') await client.quit();
  const outcome = { count, wire, seconds, first: first === undefined ? null : first / 1_000 };
  return verify ? { ...outcome, ...(await sum.end()) } : outcome;
}

/** As `summary` of mail.js, of messages as they come: none is kept. */
function summing() {
  let octets = 0;
  const digests = [];
  const sha256 = async (of) => new Uint8Array(await crypto.subtle.digest('SHA-256', of));
  return {
    async add(message) {
      // By hand: `filter` takes many times the memory of the message, which is measured.
      const plain = new Uint8Array(message.length);
      let size = 0;
      for (let at = 0; at < message.length; at += 1) {
        if (message[at] !== 0x0d) plain[size++] = message[at];
      }
      octets += size;
      digests.push(await sha256(plain.subarray(0, size)));
    },
    async end() {
      const all = new Uint8Array(32 * digests.length);
      for (const [at, digest] of digests.entries()) all.set(digest, 32 * at);
      const hexadecimal = Array.from(await sha256(all), (octet) =>
        octet.toString(16).padStart(2, '0'),
      );
      return { octets, digest: hexadecimal.join('') };
    },
  };
}

/** What `fetchNew` is to be told of all but the newest of a mailbox. */
export async function ids(connect, account, { fresh }) {
  const client = await connect();
  await client.login({ ...account, allowPlaintext: true });
  const seen = [];
  for await (const { id } of client.fetchNew({ lines: 0 })) seen.push(id);
  await client.quit();
  return seen.slice(0, seen.length - fresh);
}

/** The unique identifiers of the same messages, as the server has them. */
export async function uids(connect, account, { fresh }) {
  const client = await connect();
  await client.login({ ...account, allowPlaintext: true });
  const entries = await client.uidl();
  await client.quit();
  return entries.slice(0, entries.length - fresh).map(({ uid }) => uid);
}
