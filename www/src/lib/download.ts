const OCTETS = 'application/octet-stream';

/** Long enough for a browser to have begun the download, whatever it asks the user first. */
const URL_LIFETIME_MS = 60_000;

/**
 * Offers octets as a file. Always `application/octet-stream`: whatever an attachment claims to
 * be, the browser must save it and never show it in our origin.
 */
export function saveOctets(octets: Uint8Array, name: string): void {
  saveBlob(new Blob([octets as Uint8Array<ArrayBuffer>], { type: OCTETS }), name);
}

/** Offers a blob as a file; see {@link saveOctets} for its type. */
export function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), URL_LIFETIME_MS);
}
