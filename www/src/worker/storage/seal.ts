/**
 * Encryption of what is stored. Each record is AES-GCM under one random key, with an initial value of
 * its own and its place as additional data, so that no record can be put in another's place. The key
 * is stored wrapped (`lock.ts`).
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

/** A record that was changed by something else, or cut off. */
export class DamagedRecord extends FailureError {
  constructor() {
    super({ code: 'storage-damaged', blame: 'package' });
  }
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
