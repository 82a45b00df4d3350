/** Whose fault each failure is that arises on this side of the module; see `Blame` in index.d.ts. */
const BLAME = {
  'invalid-argument': 'caller',
  'wrong-state': 'caller',
  'aborted': 'caller',
  'connect-failed': 'transport',
  'limit-exceeded': 'limit',
  'load-failed': 'package',
  'parse-failed': 'package',
  'worker-lost': 'package',
  'internal': 'package',
};

const DETAILS = [
  'serverText',
  'responseCode',
  'undoneDeletions',
  'unknownDeletions',
  'certificate',
];

/** Any failure of this package; documented in index.d.ts. */
export class Pop3Error extends Error {
  /**
   * @param {import('./index.js').ErrorCode} code
   * @param {string} message a sentence for people
   * @param {{ cause?: unknown, blame?: string, serverText?: string, responseCode?: string,
   *   undoneDeletions?: number[], unknownDeletions?: number[],
   *   certificate?: import('./tls.js').PeerCertificate }} [details]
   */
  constructor(code, message, details = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.blame = details.blame ?? BLAME[code] ?? 'package';
    for (const field of DETAILS) {
      if (details[field] !== undefined) this[field] = details[field];
    }
  }

  /**
   * Makes the `Error` out of the plain object that the module rejects with. `cause` is what the
   * caller's stream failed with, if it did.
   */
  static from(failure, cause) {
    const lost = failure.code === 'connection-lost' && cause !== undefined;
    return new Pop3Error(failure.code, failure.message, lost ? { ...failure, cause } : failure);
  }
}

// On the prototype, as for the errors of the language: a copy of the fields need not carry it.
Object.defineProperty(Pop3Error.prototype, 'name', {
  value: 'Pop3Error',
  configurable: true,
  writable: true,
});
