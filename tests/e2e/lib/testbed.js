/** The test bed: a real mail server, hostile ones, and the proxy in front of them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { within } from './deadline.js';

const PROGRAM =
  process.env.POP3_TESTBED ??
  fileURLToPath(new URL('../../../target/debug/pop3-testbed', import.meta.url));

/**
 * Starts the program that `POP3_TESTBED` names. Gives what it printed about itself (`page`,
 * `secure`, `endpoint`, `user`, `password`; `ca`, the authority in PEM form that signed the
 * certificates; `addresses`, where Dovecot shows which of them), its commands, and `stop()`.
 */
export async function startTestbed() {
  const child = spawn(PROGRAM, { stdio: ['pipe', 'pipe', 'inherit'] });
  const failed = once(child, 'error').then(([error]) => {
    throw new Error(`${PROGRAM} cannot be started: ${error.message}`);
  });
  failed.catch(() => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

  async function answer(what) {
    const { value, done } = await within(60_000, what, Promise.race([lines.next(), failed]));
    if (done) throw new Error(`${what}: the test bed has ended`);
    const object = JSON.parse(value);
    if (object.error !== undefined) throw new Error(`${what}: ${object.error}`);
    return object;
  }

  // The answers come in the order of the commands, so each waits for those before it.
  let last = answer('start of the test bed');
  function ask(command) {
    const next = last.then(() => {
      child.stdin.write(`${JSON.stringify(command)}\n`);
      return answer(command.do);
    });
    last = next.catch(() => {});
    return next;
  }

  return {
    ...(await last),
    /** Makes a user with an empty mailbox; gives `user` and `password`. */
    mailbox: (user) => ask({ do: 'mailbox', user }),
    /** Puts messages (strings or octets) into a mailbox. */
    deliver: (user, messages) => {
      const base64 = messages.map((message) => Buffer.from(message).toString('base64'));
      return ask({ do: 'deliver', user, messages: base64 });
    },
    /**
     * Starts `cyrus` or `mailutils` with one user and these messages; gives `user`, `password` and
     * the `port` of the loopback interface.
     */
    family: (name, user, messages) => {
      const base64 = messages.map((message) => Buffer.from(message).toString('base64'));
      return ask({ do: 'family', name, user, messages: base64 });
    },
    /**
     * Starts another Dovecot on 127.0.0.1, that shows the chain and key in these PEM files and speaks
     * one `version` of TLS, or all, with one user and these messages; gives `user`, `password`, an
     * OAuth 2 `token` that is good for an hour, and the ports `pop3` and `pop3s`. With a `name` the
     * proxy, which starts anew, carries TLS to it as the server of that name, and as `name-starttls`.
     */
    dovecot: ({ name = null, chain, key, version = null, user, messages }) => {
      const base64 = messages.map((message) => Buffer.from(message).toString('base64'));
      return ask({ do: 'dovecot', name, chain, key, version, user, messages: base64 });
    },
    /** How many messages the mailbox holds on disk. */
    count: async (user) => (await ask({ do: 'count', user })).count,
    /** The port of a way to `port` of the loopback interface with a round trip of so many milliseconds. */
    relay: async (port, milliseconds) =>
      (await ask({ do: 'relay', port, round_trip: milliseconds })).port,
    stopProxy: () => ask({ do: 'stop-proxy' }),
    startProxy: () => ask({ do: 'start-proxy' }),
    async stop() {
      const ended = once(child, 'exit');
      child.stdin.end();
      try {
        await within(20_000, 'end of the test bed', ended);
      } finally {
        child.kill();
      }
    },
  };
}
