/**
 * Trusted Types: the page's policy allows a script address only from this named rule, and the
 * rule allows only the page's own workers.
 */
export const WORKER_POLICY = 'pop3-wasm-worker';

/** Absent where the browser knows no Trusted Types. */
type TrustedTypesGlobal = { trustedTypes?: TrustedTypePolicyFactory };

/** Addresses of the page's own workers, by whoever starts them. */
const known = new Set<string>();

/**
 * `address` as something a Worker may be started from, where the browser asks for it. `own` are the
 * addresses that the build gave to workers of this page.
 */
export function trustedWorkerUrl(address: string, own: readonly string[]): string {
  for (const one of own) known.add(one);
  // A second policy of the same name would be refused.
  policy ??= (globalThis as TrustedTypesGlobal).trustedTypes?.createPolicy(WORKER_POLICY, {
    createScriptURL: check,
  });
  // A TrustedScriptURL stands wherever the DOM's types say `string`.
  return policy ? (policy.createScriptURL(address) as unknown as string) : check(address);
}

function check(address: string): string {
  if (!known.has(address)) throw new TypeError('not one of the workers of this page');
  return address;
}

let policy: { createScriptURL(input: string): TrustedScriptURL } | undefined;
