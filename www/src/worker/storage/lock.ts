/**
 * The key of what is stored, wrapped by one that is derived from the passphrase (PBKDF2, RFC 8018).
 * Loaded where there is a passphrase, or one is being set.
 */

import { FailureError } from '../../lib/outcome.ts';
import { DamagedRecord, type Lock } from './seal.ts';

/** OWASP's figure for PBKDF2 with SHA-256, and a little more than a second on a phone. */
const ROUNDS = 600_000;
/** A lock that somebody has put here must not keep the worker busy for ever. */
const MOST_ROUNDS = 20_000_000;

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
