/**
 * The authorities that are built into the module: Mozilla's, as the crate of this name and version has
 * them. A test of the crate holds the version against Cargo.lock.
 */
export const roots = Object.freeze({
  source: 'webpki-roots',
  version: '1.0.10',
  date: '2026-10-19',
});
