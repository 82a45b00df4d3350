/** The package has no declarations of its own. */
declare module 'punycode/punycode.es6.js' {
  /** A host with each `xn--` label decoded (RFC 3492); throws where one is malformed. */
  export function toUnicode(host: string): string;
}
