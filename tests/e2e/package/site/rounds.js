/** Sessions from beginning to end, in each way that one can go: for tests of what they leave behind. */

/** The code of the error that a call has to fail with. */
const failing = async (call) => {
  try {
    await call();
  } catch (error) {
    return error.code;
  }
  throw new Error('nothing failed');
};

async function signedIn({ Pop3Client }, way) {
  const client = await Pop3Client.connect(way);
  await client.login({ user: 'alice', password: 'right', allowPlaintext: true });
  return client;
}

/** What a round does, by its name. */
const ROUNDS = {
  async quits(pop3, way) {
    const client = await signedIn(pop3, way);
    const { octets } = await client.retr(1);
    await client.quit();
    return octets.length;
  },
  async refused({ Pop3Client }, way) {
    const client = await Pop3Client.connect(way);
    await client.user('alice');
    const code = await failing(() => client.pass_('wrong'));
    client.close();
    return code;
  },
  async lost(pop3, way) {
    const client = await signedIn(pop3, way);
    return failing(() => client.retr(3));
  },
  async cancelled(pop3, way) {
    const client = await signedIn(pop3, way);
    const controller = new AbortController();
    const { signal } = controller;
    const onProgress = () => controller.abort();
    const code = await failing(() => client.retr(2, { signal, onProgress }));
    await client.quit();
    return code;
  },
  async streamed(pop3, way) {
    const client = await signedIn(pop3, way);
    const { body } = await client.retr(2, { stream: true });
    const reader = body.getReader();
    await reader.read();
    await reader.cancel();
    await client.quit();
    return client.closed;
  },
  async closed(pop3, way) {
    const client = await signedIn(pop3, way);
    const waiting = failing(() => client.retr(2));
    client.close();
    return waiting;
  },
  async unconnected({ Pop3Client }, way) {
    const controller = new AbortController();
    const { signal } = controller;
    const code = failing(() => Pop3Client.connect({ ...way, signal }));
    controller.abort();
    return code;
  },
};

/** Goes through so many rounds, in turn; gives the different outcomes of each kind. */
export async function rounds(pop3, way, count) {
  const kinds = Object.entries(ROUNDS);
  const outcomes = {};
  for (let at = 0; at < count; at += 1) {
    const [kind, round] = kinds[at % kinds.length];
    const outcome = await round(pop3, way);
    outcomes[kind] ??= [];
    if (!outcomes[kind].includes(outcome)) outcomes[kind].push(outcome);
  }
  return outcomes;
}

/**
 * Watches the WebAssembly modules that are loaded from now on. Gives a function that tells how much
 * memory they have, and how many places for references to what is JavaScript's: those are what a
 * closure that nobody frees would take.
 */
export function watchModules() {
  const exported = [];
  for (const name of ['instantiate', 'instantiateStreaming']) {
    const original = WebAssembly[name];
    WebAssembly[name] = async (...values) => {
      const made = await original.apply(WebAssembly, values);
      exported.push((made.instance ?? made).exports);
      return made;
    };
  }
  return () => {
    const all = exported.flatMap((exports) => Object.values(exports));
    const memories = all.filter((value) => value instanceof WebAssembly.Memory);
    const tables = all.filter((value) => value instanceof WebAssembly.Table);
    return {
      modules: exported.length,
      memory: memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0),
      references: tables.reduce((sum, { length }) => sum + length, 0),
    };
  };
}
