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

/** The first `limit` octets, cut back to the last whole line where there is one. */
export function beginning(octets: Uint8Array, limit: number): Uint8Array {
  if (octets.length <= limit) return octets;
  const head = octets.subarray(0, limit);
  const newline = head.lastIndexOf(10);
  return newline > 0 ? head.subarray(0, newline + 1) : head;
}
