/**
 * pop3-wasm/tls: the client with TLS of its own, so that whoever carries its octets (a proxy, a tunnel)
 * sees neither password nor mail. All else is as in `pop3-wasm`.
 *
 * It is another WebAssembly module, which is loaded by the first `connect`, with or without `tls`.
 */
import type { ConnectionInfo, ConnectOptions, Pop3Client as Client, WasmSource } from './index.js';

export * from './index.js';

/** Loads this entry's module once, as `init` of `pop3-wasm` does with its own. */
export function init(source?: WasmSource): Promise<void>;

/** Loads it at once, as `initSync` of `pop3-wasm` does with its own. */
export function initSync(source: ArrayBuffer | Uint8Array | WebAssembly.Module): void;

/** What is wanted of TLS with the mail server. */
export interface TlsOptions {
  /**
   * The host name or IP address that the server's certificate has to be for. It comes from the user
   * or from your own configuration: who takes it from a proxy trusts the proxy in this.
   */
  name: string;
  /**
   * When TLS begins: with the connection, or after STLS (RFC 2595). By default as the proxy says of its
   * server; where there is none to say, `implicit`. With `starttls` nothing but STLS is sent in clear,
   * and {@link Client.getwelcome} is empty, since anybody could have said it.
   */
  mode?: 'implicit' | 'starttls';
  /** Authorities to trust beside those of {@link roots}: certificates in PEM. */
  ca?: string;
  /**
   * What authorities have revoked: lists in PEM, of any number of authorities. A certificate that is in
   * one fails with `tls-revoked`; of those that no list is about nothing is known. Lists count beyond their
   * time, and nothing is fetched. They do not count where a pin stands in for the authority.
   */
  crl?: string;
  /**
   * The certificates that the server may have: `cert-sha256:` and the {@link PeerCertificate.fingerprint}
   * of one (or that alone), or `spki-sha256:` and its `keyFingerprint`; with or without colons. If none
   * matches, the connection fails with `tls-pin-mismatch`, whoever has signed the certificate.
   *
   * A pin stands in for the authority: `ca` and {@link roots} are not asked. One of the certificate stands
   * in for `name` as well, since its user has seen the names; one of the key does not. The dates always
   * count.
   */
  pin?: string | readonly string[];
  /**
   * Whether the server is told in the handshake that this is POP3 (ALPN, RFC 7301). Default `true`.
   * Servers that know nothing of it go on without; one that refuses it fails with `tls-handshake`, and
   * can be tried again with `false`.
   */
  alpn?: boolean;
}

/**
 * What a server's certificate says. Its writer may have written anything: only the fingerprints are
 * facts, until the certificate is trusted. Show it as text.
 */
export interface PeerCertificate {
  /** SHA-256 of the certificate: 64 hexadecimal digits. It is a `pin` as it stands. */
  fingerprint: string;
  /** SHA-256 of its `SubjectPublicKeyInfo`, which stays when it is renewed with the same key. */
  keyFingerprint: string;
  /** Distinguished names (RFC 4514), such as `CN=pop.example.org`. */
  subject: string;
  issuer: string;
  /** The host names and IP addresses that it is for. */
  names: string[];
  /** Milliseconds since 1970, as `Date` takes them. */
  notBefore: number;
  notAfter: number;
  /** It names itself as its issuer. */
  selfSigned: boolean;
  /** It is for the `name` that was asked for. */
  matchesName: boolean;
}

/** TLS with the mail server, as it was agreed on. */
export interface EndToEndInfo {
  /** The proxy's name for the server; without a proxy, the `name` of {@link TlsOptions}. */
  server: string;
  tls: 'end-to-end';
  version: 'TLSv1.2' | 'TLSv1.3';
  /** Such as `TLS13_CHACHA20_POLY1305_SHA256`. */
  cipher: string;
  /** The handshake was cut short, as both remembered an earlier one of this page. */
  resumed: boolean;
  certificate: PeerCertificate;
}

/** How to reach a mail server; with `tls`, so that nobody in between can read. */
export type TlsConnectOptions = ConnectOptions & { tls?: TlsOptions };

/** One POP3 session, the same as that of `pop3-wasm`. */
export type Pop3Client = Omit<Client, 'connection'> & {
  /** What is known of the way to the mail server. */
  readonly connection: ConnectionInfo | EndToEndInfo | undefined;
};

/** How sessions of this entry are opened. */
export const Pop3Client: {
  /**
   * Opens the connection, does TLS if it is wanted, and waits for the greeting.
   *
   * With `url`, the proxy is asked to pass TLS on as it is; one that does not say so fails with
   * `tls-not-end-to-end`. With `streams` the server is at their other end.
   *
   * A certificate that is not to be trusted fails with a code that says why (`tls-untrusted`,
   * `tls-expired`, `tls-not-yet-valid`, `tls-revoked`, `tls-wrong-name`, `tls-pin-mismatch`,
   * `tls-certificate`), and with
   * the `certificate` itself. To trust one of `tls-untrusted` for the first time, show that to the user,
   * who compares its fingerprint, and connect again with it as `pin`. Keep the pin: from then on another
   * certificate fails with `tls-pin-mismatch`. Nobody is asked whether a certificate was revoked; see `crl`.
   */
  connect(options: TlsConnectOptions): Promise<Pop3Client>;
  readonly prototype: Pop3Client;
};

/** The certificate authorities that are built in: those of Mozilla, and of when. */
export const roots: {
  readonly source: 'webpki-roots';
  readonly version: string;
  /** The day of their release, `YYYY-MM-DD`. */
  readonly date: string;
};
