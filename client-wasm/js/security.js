/** Checks of the option `tls` of `connect`; see tls.d.ts. */
import { Pop3Error } from './error.js';

const MODES = ['implicit', 'starttls'];

/** What a pin says that it is of, and nothing is the certificate: as programs show fingerprints. */
const PIN = /^(cert-sha256:|spki-sha256:|)((?:[0-9a-f]{2}:?){31}[0-9a-f]{2})$/i;

function invalid(message) {
  return new Pop3Error('invalid-argument', message);
}

/** The option as the module reads it (src/security.rs); `undefined` where there is none. */
export function securityOptions({ tls }) {
  if (tls === undefined) return undefined;
  if (typeof tls !== 'object' || tls === null) throw invalid('tls must be an object.');
  const { name, mode, ca, crl, pin = [], alpn = true } = tls;
  if (mode !== undefined && !MODES.includes(mode)) {
    throw invalid(`tls.mode must be one of ${MODES.join(', ')}.`);
  }
  if (ca !== undefined && typeof ca !== 'string') throw invalid('tls.ca must be a string in PEM.');
  if (crl !== undefined && typeof crl !== 'string')
    throw invalid('tls.crl must be a string in PEM.');
  if (typeof alpn !== 'boolean') throw invalid('tls.alpn must be true or false.');
  const pins = (Array.isArray(pin) ? pin : [pin]).map(readPin);
  const digests = (wanted) =>
    Uint8Array.from(pins.flatMap(({ of, digest }) => (of === wanted ? digest : [])));
  return {
    name: hostName(name),
    mode,
    authorities: ca,
    revoked: crl,
    certificates: digests('certificate'),
    keys: digests('key'),
    alpn,
  };
}

/** A host name or an IP address, as certificates have them: in ASCII, and without brackets. */
function hostName(name) {
  const words = 'tls.name must be the host name or the IP address of the mail server.';
  if (typeof name !== 'string' || !/^[^\s/?#@\\]+$/.test(name)) throw invalid(words);
  const address = name.includes(':') && !name.startsWith('[') ? `[${name}]` : name;
  let url;
  try {
    url = new URL(`https://${address}/`);
  } catch {
    throw invalid(words);
  }
  // A port is none of its name.
  if (url.port !== '' || /\]?:\d+$/.test(address.replace(/^\[.*\]/, ''))) throw invalid(words);
  return url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

function readPin(pin) {
  const [, kind, digits] = (typeof pin === 'string' && PIN.exec(pin)) || [];
  if (digits === undefined) {
    throw invalid(
      'tls.pin must be "cert-sha256:" or "spki-sha256:" and 64 hexadecimal digits, or such pins.',
    );
  }
  const octets = digits.replaceAll(':', '').match(/../g);
  return {
    of: kind.toLowerCase() === 'spki-sha256:' ? 'key' : 'certificate',
    digest: octets.map((octet) => Number.parseInt(octet, 16)),
  };
}
