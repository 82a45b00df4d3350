/**
 * Encryption of what is stored. Each record is AES-GCM under one random key, with an initial value of
 * its own and its place as additional data, so that no record can be put in another's place. The key
 * is stored wrapped by one that is derived from the passphrase (PBKDF2, RFC 8018).
 */

import { FailureError } from '../../lib/outcome.ts';

/** A record as it lies in the database; without `iv` it is not encrypted. */
export interface Sealed {
  iv?: Uint8Array<ArrayBuffer>;
  octets: Uint8Array<ArrayBuffer>;
}

/** What is stored of the passphrase: nothing that tells it. */
export interface Lock {
  /** Of the key that records are under; another passphrase for the same key changes nothing of it. */
  id: string;
  salt: Uint8Array<ArrayBuffer>;
  rounds: number;
  iv: Uint8Array<ArrayBuffer>;
  wrapped: Uint8Array<ArrayBuffer>;
  /** Records are on their way from one form to the other; both can be read. */
  turning?: 'sealing' | 'unsealing';
}

/** OWASP's figure for PBKDF2 with SHA-256, and a little more than a second on a phone. */
const ROUNDS = 600_000;
/** A lock that somebody has put here must not keep the worker busy for ever. */
const MOST_ROUNDS = 20_000_000;

/** A record that was changed by something else, or cut off. */
export class DamagedRecord extends FailureError {
  constructor() {
    super({ code: 'storage-damaged', blame: 'package' });
  }
}

export async function makeLock(
  passphrase: string,
  rounds = ROUNDS,
): Promise<{ lock: Lock; key: CryptoKey }> {
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, true, [
    'encrypt',
    'decrypt',
  ]);
  return { lock: await wrap(crypto.randomUUID(), key, passphrase, rounds), key };
}

/** The same key under another passphrase. */
export async function wrap(
  id: string,
  key: CryptoKey,
  passphrase: string,
  rounds = ROUNDS,
): Promise<Lock> {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const wrapping = await derive(passphrase, salt, rounds);
  const wrapped = await crypto.subtle.wrapKey('raw', key, wrapping, { name: 'AES-GCM', iv });
  return { id, salt, rounds, iv, wrapped: new Uint8Array(wrapped) };
}

export async function unwrap(lock: Lock, passphrase: string): Promise<CryptoKey> {
  if (!(lock.rounds > 0 && lock.rounds <= MOST_ROUNDS)) throw new DamagedRecord();
  const wrapping = await derive(passphrase, lock.salt, lock.rounds);
  try {
    return await crypto.subtle.unwrapKey(
      'raw',
      lock.wrapped,
      wrapping,
      { name: 'AES-GCM', iv: lock.iv },
      { name: 'AES-GCM' },
      true,
      ['encrypt', 'decrypt'],
    );
  } catch {
    throw new FailureError({ code: 'wrong-passphrase', blame: 'caller' });
  }
}

async function derive(
  passphrase: string,
  salt: Uint8Array<ArrayBuffer>,
  iterations: number,
): Promise<CryptoKey> {
  // The same passphrase typed on another keyboard may be composed otherwise.
  const octets = new TextEncoder().encode(passphrase.normalize('NFKC'));
  const material = await crypto.subtle.importKey('raw', octets, 'PBKDF2', false, ['deriveKey']);
  return crypto.subtle.deriveKey(
    { name: 'PBKDF2', hash: 'SHA-256', salt, iterations },
    material,
    { name: 'AES-GCM', length: 256 },
    false,
    ['wrapKey', 'unwrapKey'],
  );
}

/** `place` names the record: its store and its key. */
export async function seal(
  key: CryptoKey | undefined,
  place: string,
  octets: Uint8Array<ArrayBuffer>,
): Promise<Sealed> {
  if (key === undefined) return { octets };
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const additionalData = new TextEncoder().encode(place);
  const box = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, key, octets);
  return { iv, octets: new Uint8Array(box) };
}

export async function unseal(
  key: CryptoKey | undefined,
  place: string,
  { iv, octets }: Sealed,
): Promise<Uint8Array<ArrayBuffer>> {
  if (iv === undefined) return octets;
  if (key === undefined) throw new DamagedRecord();
  const additionalData = new TextEncoder().encode(place);
  try {
    const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData }, key, octets);
    return new Uint8Array(plain);
  } catch {
    throw new DamagedRecord();
  }
}
