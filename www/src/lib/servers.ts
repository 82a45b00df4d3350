import { failed, success, type Outcome } from './outcome.ts';

/** Who does TLS with the mail server: the proxy, or the page through it. */
export type Mode = 'proxy' | 'end-to-end';

/** A server that the proxy offers; its address and port stay with the proxy. */
export interface Server {
  name: string;
  title: string;
  tls: 'none' | 'implicit' | 'starttls';
  modes: readonly Mode[];
  /** The name that its certificate must have, where the page may verify it. */
  host?: string;
  /** Only for the demo mailbox, whose password is no secret. */
  hint?: { user: string; password: string };
}

export interface ServerList {
  servers: readonly Server[];
  /** How hosts may be reached that are not in the list; absent where none may be typed. */
  typed?: { modes: readonly Mode[] };
}

/** Ports of a typed host, and what is spoken there first. */
export const TYPED_PORTS = { 995: 'implicit', 110: 'starttls' } as const;

/** Where the page's own site keeps the proxy's two addresses, seen from the page. */
export interface Endpoints {
  servers: string;
  pop3: string;
}

export function endpoints(base: string): Endpoints {
  return { servers: new URL('servers.json', base).href, pop3: new URL('pop3', base).href };
}

const PATIENCE_MS = 15_000;

export async function loadServers(url: string): Promise<Outcome<ServerList>> {
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
export function readServers(json: unknown): ServerList {
  if (!isRecord(json)) return { servers: [] };
  const list = Array.isArray(json['servers']) ? json['servers'] : [];
  const servers = list.filter(isRecord).flatMap(readServer);
  if (json['typedHosts'] !== true) return { servers };
  return { servers, typed: { modes: readModes(json['typedHostModes']) } };
}

function readServer(entry: Record<string, unknown>): Server[] {
  const { name, title, tls, modes, host, hint } = entry;
  if (typeof name !== 'string' || name === '') return [];
  const server: Server = {
    name,
    title: typeof title === 'string' && title !== '' ? title : name,
    tls: tls === 'none' || tls === 'starttls' ? tls : 'implicit',
    modes: readModes(modes),
  };
  if (typeof host === 'string' && host !== '') server.host = host;
  if (isRecord(hint) && typeof hint['user'] === 'string') {
    const password = typeof hint['password'] === 'string' ? hint['password'] : '';
    server.hint = { user: hint['user'], password };
  }
  return [server];
}

/** A proxy that does not say knows one mode. */
function readModes(modes: unknown): Mode[] {
  if (!Array.isArray(modes)) return ['proxy'];
  return modes.filter((mode) => mode === 'proxy' || mode === 'end-to-end');
}

/**
 * What the proxy is asked for, `host:port`, after a person typed the host. An address of the web or
 * of mail stands for its host, and letters beyond ASCII are encoded. `undefined` for what is no
 * full name.
 */
export function typedServer(typed: string, port: keyof typeof TYPED_PORTS): string | undefined {
  const text = typed.trim().replace(/^[a-z0-9+]+:\/\//i, '');
  if (text === '' || /[\s/?#@\\%]/.test(text)) return undefined;
  let url: URL;
  try {
    url = new URL(`http://${text}`);
  } catch {
    return undefined;
  }
  if (url.port !== '' && url.port !== String(port)) return undefined;
  const host = url.hostname.replace(/\.$/, '');
  return host.includes('.') || host.startsWith('[') ? `${host}:${port}` : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
