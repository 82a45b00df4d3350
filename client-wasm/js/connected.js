/** The `connected` event of `pop3.v1`: what the proxy says of its hop to the mail server. */

const TLS = ['none', 'implicit', 'starttls', 'end-to-end'];

const isText = (value) => typeof value === 'string';
const isOptional = (value) => value === undefined || value === null || isText(value);

/**
 * Reads a text frame: `info` is the `ConnectionInfo` of index.d.ts, and `canPause` says whether the
 * proxy keeps octets back while it is told to. Where the proxy passes TLS on unopened, `upstream` says
 * how it begins with the server named `server`. Gives `undefined` for anything that is no such event.
 *
 * That it passes TLS on is believed only in sessions that do TLS, `endToEnd`: in others it would be no
 * more than a word by which a password goes out in clear.
 */
export function connected(frame, endToEnd) {
  let members;
  try {
    members = JSON.parse(frame);
  } catch {
    return undefined;
  }
  const { event, server, tls, upstream = 'none', version, cipher, pause = false } = members ?? {};
  if (event !== 'connected' || !isText(server) || !TLS.includes(tls)) return undefined;
  if (tls === 'end-to-end' && !endToEnd) return undefined;
  if (!isOptional(version) || !isOptional(cipher) || typeof pause !== 'boolean') return undefined;
  const info = { server, tls };
  if (isText(version)) info.version = version;
  if (isText(cipher)) info.cipher = cipher;
  const passedOn = tls === 'end-to-end' ? String(upstream) : undefined;
  return { info, server, canPause: pause, upstream: passedOn };
}
