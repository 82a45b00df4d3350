/**
 * Trusted Types: the page's policy allows a script address only from this named rule, and the
 * rule allows only the page's own workers.
 */
export const WORKER_POLICY = 'pop3-wasm-worker';

/** Absent where the browser knows no Trusted Types. */
type TrustedTypesGlobal = { trustedTypes?: TrustedTypePolicyFactory };

/** `address` as something a Worker may be started from, where the browser asks for it. */
export function trustedWorkerUrl(address: string, known: readonly string[]): string {
  const check = (url: string): string => {
    if (!known.includes(url)) throw new TypeError('not one of the workers of this page');
    return url;
  };
  policy ??= (globalThis as TrustedTypesGlobal).trustedTypes?.createPolicy(WORKER_POLICY, {
    createScriptURL: check,
  });
  // A TrustedScriptURL stands wherever the DOM's types say `string`.
  return policy ? (policy.createScriptURL(address) as unknown as string) : check(address);
}

let policy: { createScriptURL(input: string): TrustedScriptURL } | undefined;
