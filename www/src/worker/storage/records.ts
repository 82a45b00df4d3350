import type { Database, Place, StoreName, Write } from './database.ts';
import { DamagedRecord, seal, unseal, type Sealed } from './seal.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** A key, and which one it is. */
export interface HeldKey {
  id: string;
  key: CryptoKey;
}

/** Records as values, with whatever key they are under. */
export class Records {
  readonly database: Database;
  /** What is written is sealed with it; without one, it is not sealed. */
  held: HeldKey | undefined;

  constructor(database: Database) {
    this.database = database;
  }

  async octets(place: Place): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const sealed = await this.database.read(place);
    return sealed && unseal(this.held?.key, nameOf(place), sealed);
  }

  async json<T>(place: Place): Promise<T | undefined> {
    const octets = await this.octets(place);
    return octets && parse<T>(octets);
  }

  open<T>(place: Place, sealed: Sealed): Promise<T> {
    return unseal(this.held?.key, nameOf(place), sealed).then((octets) => parse<T>(octets));
  }

  /** The same record in the other form; `undefined` when it cannot be read. */
  async turned(place: Place, sealed: Sealed, sealing: boolean): Promise<Write | undefined> {
    const key = this.held?.key;
    try {
      const octets = await unseal(key, nameOf(place), sealed);
      return { ...place, value: await seal(sealing ? key : undefined, nameOf(place), octets) };
    } catch {
      return undefined;
    }
  }

  /** A record that is never sealed, as what is needed before a passphrase can be asked for. */
  plain(place: Place, value: unknown): Write {
    return { ...place, value: { octets: encoder.encode(JSON.stringify(value)) } };
  }

  /** A record as it is written; `undefined` deletes it. */
  async toWrite(place: Place, value: unknown): Promise<Write> {
    if (value === undefined) return place;
    const octets =
      value instanceof Uint8Array ? copyOf(value) : encoder.encode(JSON.stringify(value));
    return { ...place, value: await seal(this.held?.key, nameOf(place), octets) };
  }
}

export function placeOf(store: StoreName, key: string | number): Place {
  return { store, key } as Place;
}

export const nameOf = ({ store, key }: Place): string => `${store}/${key}`;

function parse<T>(octets: Uint8Array): T {
  try {
    return JSON.parse(decoder.decode(octets)) as T;
  } catch {
    throw new DamagedRecord();
  }
}

/** Without what else is in the same buffer, which would be stored along. */
function copyOf(octets: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole =
    octets.buffer instanceof ArrayBuffer && octets.byteLength === octets.buffer.byteLength;
  return whole ? (octets as Uint8Array<ArrayBuffer>) : octets.slice();
}
