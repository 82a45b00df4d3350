/** The way to a mail server, and signing in there. */

import { Pop3Client } from 'pop3-wasm';
import { ABORTED, FailureError, failureOf, type Failure } from '../../lib/outcome.ts';
import type { Account, Credentials, FetchReport } from '../mail-protocol.ts';
import { MESSAGE_LIMIT } from './policy.ts';
import type { Client, Connect } from './types.ts';

/** Servers may count octets otherwise than they send them, but not by as much as this. */
const LIMITS = { message: MESSAGE_LIMIT + MESSAGE_LIMIT / 4 };

/** How long the server may take to answer a QUIT that deletes nothing. */
const GOODBYE_MS = 2_000;

/**
 * Connects by way of the proxy, which does TLS with the server, or only carries what this page and the
 * server say to each other in TLS of their own. The client for that is loaded when it is first needed.
 */
export const connect: Connect = async ({ server, hop }, { url, proxyToken }, signal) => {
  const options = {
    url,
    server,
    signal,
    limits: LIMITS,
    ...(proxyToken !== undefined && { proxyToken }),
  };
  if (hop.mode === 'proxy') return Pop3Client.connect(options);
  const secure = await import('pop3-wasm/tls').catch(() => {
    throw new FailureError({ code: 'load-failed', blame: 'package' });
  });
  const { name = hostOf(server), pin } = hop;
  const tls = { name, ...(pin !== undefined && { pin }) };
  return secure.Pop3Client.connect({ ...options, tls });
};

/** Of `host:port`, where an IPv6 address is in brackets. */
function hostOf(server: string): string {
  return server.replace(/:\d+$/, '');
}

/** Opens a session and signs in. Nothing is left of it when that fails or is given up. */
export async function signedIn(
  connectTo: Connect,
  account: Pick<Account, 'server' | 'hop' | 'user'>,
  credentials: Credentials,
  signal: AbortSignal,
): Promise<Client> {
  let client: Client | undefined;
  const giveUp = (): void => client?.close();
  signal.addEventListener('abort', giveUp);
  try {
    client = await connectTo(account, credentials, signal);
    if (signal.aborted) throw new FailureError(ABORTED);
    const { password } = credentials;
    // The proxy speaks plaintext only to servers of which whoever runs it has said that it may.
    const allowPlaintext = account.hop.mode === 'proxy';
    await client.login({ user: account.user, password, allowPlaintext });
    if (signal.aborted) throw new FailureError(ABORTED);
    return client;
  } catch (thrown) {
    client?.close();
    throw signal.aborted ? new FailureError(ABORTED) : thrown;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

/** How a session is encrypted, and of when the list of authorities is by which this page judges. */
export async function connectionOf({ connection }: Client): Promise<FetchReport['connection']> {
  if (connection?.tls !== 'end-to-end') return connection;
  // It is loaded: the session is by it.
  const { roots } = await import('pop3-wasm/tls');
  return { ...connection, roots: roots.date };
}

/**
 * The failure that ended what was done in a session. One that breaks between two commands is noticed by
 * the next of them, which fails as one of a caller who has closed the session himself.
 */
export function sessionFailure(thrown: unknown, client: Client): Failure {
  const failure = failureOf(thrown);
  const unnoticed = failure.code === 'wrong-state' && client.closed;
  return unnoticed ? { code: 'connection-lost', blame: 'transport' } : failure;
}

/** Ends a session in which nothing is marked: closing it deletes no more than QUIT does. */
export async function goodbye(client: Client): Promise<void> {
  if (client.closed) return;
  const late = setTimeout(() => client.close(), GOODBYE_MS);
  await client.quit().catch(() => client.close());
  clearTimeout(late);
}
