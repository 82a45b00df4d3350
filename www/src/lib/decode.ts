/** Octets of a message shown as text, without taking the message apart. */

const FALLBACK = 'windows-1252';

/** UTF-8 where the octets are that, else Windows-1252, in which every octet is a character. */
export function decodeSource(octets: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(octets);
  } catch {
    return new TextDecoder(FALLBACK).decode(octets);
  }
}

/** Text of an attachment by the charset that it claims, or as it looks where that is none. */
export function decodeText(octets: Uint8Array, charset?: string): string {
  if (charset !== undefined) {
    try {
      return new TextDecoder(charset).decode(octets);
    } catch {
      // No charset that browsers know.
    }
  }
  return decodeSource(octets);
}
