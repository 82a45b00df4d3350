/** What the benchmarks of clients stand on: Dovecot with mail, longer ways to it, the proxy as a program. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startTestbed } from '../../e2e/lib/testbed.js';
import { serve } from '../../e2e/lib/site.js';
import { mailbox } from './mail.js';
import { footprint, forgetPeak } from './measure.js';

const folder = (path) => fileURLToPath(new URL(path, import.meta.url));
const PIECE = 500;

/** Starts all of it, for these round trips in milliseconds. */
export async function startStage(roundTrips) {
  const bed = await startTestbed();
  const { pop3, pop3s } = bed.addresses.good;
  const directory = mkdtempSync(join(tmpdir(), 'pop3-bench-'));
  const file = (name, content) => {
    const path = join(directory, name);
    if (content !== undefined) writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const ca = file('ca.pem', bed.ca);
  const ports = {};
  for (const trip of roundTrips) {
    const way = async (port) => (trip === 0 ? port : await bed.relay(port, trip));
    ports[trip] = { plain: await way(pop3), tls: await way(pop3s) };
  }
  const site = await serve({ 'pop3-wasm': folder('../../../client-wasm'), 'bench': folder('.') }, [
    'ws://127.0.0.1:*',
  ]);
  const proxy = await startProxy(file, { origin: site.origin, ca, ports });
  const accounts = {};
  return {
    bed,
    ca,
    file,
    ports,
    site,
    proxy,
    accounts,
    /** Makes an account, or fills it anew; gives `user`, `password` and the `messages` in it. */
    async account(user, count, octets) {
      const messages = accounts[user]?.messages ?? mailbox(count, octets);
      const { password } = await bed.mailbox(user);
      for (let at = 0; at < count; at += PIECE) {
        await bed.deliver(user, messages.slice(at, at + PIECE));
      }
      accounts[user] = { user, password, messages };
      return accounts[user];
    },
    async stop() {
      await proxy.stop();
      await site.stop();
      await bed.stop();
      rmSync(directory, { recursive: true });
    },
  };
}

/** The proxy, with a server for each way: `plain-40`, `implicit-40`, `end-to-end-40`. */
async function startProxy(file, { origin, ca, ports }) {
  const server = (name, port, lines) =>
    [`[servers.${name}]`, 'host = "127.0.0.1"', `port = ${port}`, ...lines].join('\n');
  const servers = Object.entries(ports).flatMap(([trip, { plain, tls }]) => [
    server(`plain-${trip}`, plain, ['tls = "insecure-plaintext"']),
    server(`implicit-${trip}`, tls, ['tls = "implicit"', `ca-file = "${ca}"`]),
    server(`end-to-end-${trip}`, tls, ['tls = "implicit"', 'end-to-end = "required"']),
  ]);
  const general = `listen = "127.0.0.1:0"\nlog = "error"\norigins = ["${origin}"]\n`;
  const config = file('pop3-proxy.toml', `${general}${servers.join('\n')}\n`);
  const program = process.env.POP3_PROXY ?? folder('../../../target/release/pop3-proxy');
  const child = spawn(program, ['--config', config], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    ended.then(([code]) => Promise.reject(new Error(`the proxy ended with ${code}`))),
  ]);
  const address = line.replace(/^ready: http:/, '').replace(/\/$/, '');
  return {
    endpoint: `ws:${address}/pop3`,
    footprint: () => footprint(child.pid),
    forgetPeak: () => forgetPeak(child.pid),
    async stop() {
      child.kill();
      await ended;
    },
  };
}
