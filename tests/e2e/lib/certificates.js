/**
 * Certificates of the tests' own, by the program openssl, which comes with Debian's Dovecot: chains
 * with keys of either kind, and what servers sign themselves.
 */
import { execFileSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const KEYS = {
  ecdsa: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
  rsa: ['-newkey', 'rsa:2048'],
};

/** A folder with certificates in it; `end()` removes it. */
export class Certificates {
  #folder = mkdtempSync(join(tmpdir(), 'pop3-certificates-'));
  #made = 0;

  end() {
    rmSync(this.#folder, { recursive: true });
  }

  /** An authority, whose certificate is `pem`. With `issuer` it is one below that. */
  authority(title, { key = 'ecdsa', issuer } = {}) {
    return this.#make({
      key,
      issuer,
      subject: `/O=Tests/CN=${title}`,
      extensions: ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'],
    });
  }

  /**
   * A server's certificate for these names, of which an address is one as well, or for none. Without
   * `issuer` it is signed by itself, as `openssl req -x509` does it.
   */
  server(names, { key = 'ecdsa', issuer, days = 30 } = {}) {
    const kinds = names.map((name) => `${/^[\d.]+$|:/.test(name) ? 'IP' : 'DNS'}:${name}`);
    return this.#make({
      key,
      issuer,
      days,
      subject: `/CN=${names[0] ?? 'nameless.example'}`,
      extensions: [
        'extendedKeyUsage=serverAuth',
        ...(names.length > 0 ? [`subjectAltName=${kinds}`] : []),
        ...(issuer === undefined ? ['basicConstraints=critical,CA:TRUE'] : []),
      ],
    });
  }

  /** The list of the certificates that this authority has revoked, in PEM. */
  revocationList(issuer, revoked) {
    this.#made += 1;
    const file = (ending) => join(this.#folder, `${this.#made}.${ending}`);
    const lines = [
      '[ca]',
      'default_ca=list',
      '[list]',
      `database=${file('index')}`,
      `crlnumber=${file('number')}`,
      'default_md=sha256',
      'default_crl_days=30',
      'crl_extensions=extensions',
      '[extensions]',
      'authorityKeyIdentifier=keyid:always',
    ];
    writeFileSync(file('conf'), lines.join('\n'));
    writeFileSync(file('index'), '');
    writeFileSync(file('number'), '01\n');
    const by = ['-config', file('conf'), '-cert', issuer.file, '-keyfile', issuer.keyFile];
    const openssl = (...args) => execFileSync('openssl', ['ca', ...by, ...args], { stdio: 'pipe' });
    for (const certificate of revoked) openssl('-revoke', certificate.file);
    openssl('-gencrl', '-out', file('crl'));
    return readFileSync(file('crl'), 'utf8');
  }

  /**
   * Gives the certificate as `pem`, its private key as `key`, and what a server shows as `chain`, each
   * also as a file; and the pins of it.
   */
  #make({ key, issuer, subject, extensions, days = 30 }) {
    this.#made += 1;
    const file = (ending) => join(this.#folder, `${this.#made}.${ending}`);
    const config = ['[req]', 'distinguished_name=dn', '[dn]', '[ext]', ...extensions].join('\n');
    writeFileSync(file('conf'), config);
    const openssl = (...args) => execFileSync('openssl', args, { stdio: 'pipe' });
    const made = ['-config', file('conf'), '-subj', subject, '-nodes', '-keyout', file('key')];
    const signed = ['-extensions', 'ext', '-days', String(days), '-out', file('pem')];
    if (issuer === undefined) {
      openssl('req', '-x509', ...KEYS[key], ...made, ...signed);
    } else {
      openssl('req', '-new', ...KEYS[key], ...made, '-out', file('csr'));
      const by = ['-CA', issuer.file, '-CAkey', issuer.keyFile, '-CAcreateserial'];
      openssl('x509', '-req', '-in', file('csr'), ...by, '-extfile', file('conf'), ...signed);
    }
    const pem = readFileSync(file('pem'), 'utf8');
    const read = new X509Certificate(pem);
    const spki = read.publicKey.export({ type: 'spki', format: 'der' });
    const sha256 = (octets) => createHash('sha256').update(octets).digest('hex');
    // An authority that signs itself is known, or is of no use.
    const chain = pem + (issuer?.below ? issuer.chain : '');
    writeFileSync(file('chain'), chain);
    return {
      pem,
      key: readFileSync(file('key'), 'utf8'),
      chain,
      below: issuer !== undefined,
      file: file('pem'),
      keyFile: file('key'),
      chainFile: file('chain'),
      fingerprint: sha256(read.raw),
      pin: `cert-sha256:${sha256(read.raw)}`,
      keyPin: `spki-sha256:${sha256(spki)}`,
    };
  }
}
