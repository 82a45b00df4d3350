import { failed, success, type Outcome } from './outcome.ts';

/** A server that the proxy offers; its host and port stay with the proxy. */
export interface Server {
  name: string;
  title: string;
  tls: 'none' | 'implicit' | 'starttls';
  /** Only for the demo mailbox, whose password is no secret. */
  hint?: { user: string; password: string };
}

/** Where the page's own site keeps the proxy's two addresses, seen from the page. */
export interface Endpoints {
  servers: string;
  pop3: string;
}

export function endpoints(base: string): Endpoints {
  return { servers: new URL('servers.json', base).href, pop3: new URL('pop3', base).href };
}

const PATIENCE_MS = 15_000;

export async function loadServers(url: string): Promise<Outcome<Server[]>> {
  try {
    const answer = await fetch(url, {
      cache: 'no-store',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (answer.ok) return success(readServers(await answer.json()));
  } catch {
    // Not reachable, too slow or not JSON: the same to whoever reads the page.
  }
  return failed({ code: 'servers-unavailable', blame: 'proxy' });
}

/** The entries that can be understood; the rest is left out. */
export function readServers(json: unknown): Server[] {
  const list = isRecord(json) && Array.isArray(json['servers']) ? json['servers'] : [];
  return list.filter(isRecord).flatMap((entry) => {
    const { name, title, tls, hint } = entry;
    if (typeof name !== 'string' || name === '') return [];
    const server: Server = {
      name,
      title: typeof title === 'string' && title !== '' ? title : name,
      tls: tls === 'none' || tls === 'starttls' ? tls : 'implicit',
    };
    if (isRecord(hint) && typeof hint['user'] === 'string') {
      const password = typeof hint['password'] === 'string' ? hint['password'] : '';
      server.hint = { user: hint['user'], password };
    }
    return [server];
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
