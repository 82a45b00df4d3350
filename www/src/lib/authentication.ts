/**
 * What a mail server found when it examined who sent a message: Authentication-Results (RFC 8601).
 *
 * Anybody can write such a field into the message that they send. What the receiving server adds
 * stands above what came with the message, and it strikes out fields that claim to be its own
 * (RFC 8601 section 5); but a server that examines nothing strikes nothing, and its name is known.
 * So of all fields the topmost alone is read, and only if the server that it names belongs to the
 * site of one that, by the topmost Received field, took the message in. Even so, a “pass” proves
 * nothing to this page: it is shown as that server's words, and never takes a warning away. A
 * “fail” may be believed, since nobody forges one about their own message.
 */

import type { Message } from 'pop3-wasm';
import { siteOf } from './site.ts';

export type Method = 'spf' | 'dkim' | 'dmarc';

export interface MethodResult {
  method: Method;
  /** `pass`, `fail`, `softfail`, `none`…, in lower case. */
  result: string;
  /** The domain that it is about. */
  domain?: string;
}

export interface Authentication {
  /** The server that says so. */
  server: string;
  results: MethodResult[];
}

const FIELD = 'authentication-results';
/** Longer fields are an attempt on the parser; honest ones have some hundred characters. */
const LONGEST = 8_000;
const MOST_RESULTS = 20;
const DOMAIN: Readonly<Record<Method, RegExp>> = {
  spf: /\bsmtp\.(?:mailfrom|helo)\s*=\s*"?(?:[^\s;"@]*@)?([^\s;"@]+)/i,
  dkim: /\bheader\.(?:d|i)\s*=\s*"?(?:[^\s;"@]*@)?([^\s;"@]+)/i,
  dmarc: /\bheader\.from\s*=\s*"?(?:[^\s;"@]*@)?([^\s;"@]+)/i,
};

/** What the receiving server found, or `undefined` where no server that counts said anything. */
export function authenticationOf({
  headers,
  received,
}: Pick<Message, 'headers' | 'received'>): Authentication | undefined {
  const field = headers.find(({ name }) => name.toLowerCase() === FIELD);
  const takenBy = received[0]?.by;
  if (field === undefined || takenBy === undefined) return undefined;
  const [id = '', ...findings] = withoutComments(field.value.slice(0, LONGEST)).split(';');
  const server = /^\s*"?([\w.-]+)/.exec(id)?.[1]?.toLowerCase();
  if (server === undefined || siteOf(server) !== siteOf(takenBy)) return undefined;
  const results = findings.slice(0, MOST_RESULTS).flatMap(resultOf);
  return results.length > 0 ? { server, results } : undefined;
}

/**
 * The methods that speak against the sender, as far as they mean something: forwarding alone breaks
 * SPF, and a mailing list alone breaks a signature, so either counts only where the other does not
 * vouch for the message. DMARC has weighed that already.
 */
export function failedMethods({ results }: Authentication): Method[] {
  const has = (method: Method, ...wanted: string[]): boolean =>
    results.some((one) => one.method === method && wanted.includes(one.result));
  if (has('dmarc', 'fail')) {
    const others = (['spf', 'dkim'] as const).filter(
      (one) => has(one, 'fail') && !has(one, 'pass'),
    );
    return ['dmarc', ...others];
  }
  if (has('dmarc', 'pass')) return [];
  const failed: Method[] = [];
  if (has('spf', 'fail') && !has('dkim', 'pass')) failed.push('spf');
  if (has('dkim', 'fail') && !has('dkim', 'pass') && !has('spf', 'pass')) failed.push('dkim');
  return failed;
}

function resultOf(finding: string): MethodResult[] {
  const [, name = '', word = ''] = /^\s*([a-z]+)(?:\/\d+)?\s*=\s*([a-z]+)/i.exec(finding) ?? [];
  const method = name.toLowerCase();
  if (method !== 'spf' && method !== 'dkim' && method !== 'dmarc') return [];
  const domain = DOMAIN[method].exec(finding)?.[1]?.slice(0, 255).toLowerCase();
  return [{ method, result: word.toLowerCase(), ...(domain && { domain }) }];
}

/** Comments nest (RFC 5322 section 3.2.2), and may hold anything, `;` and `dkim=pass` too. */
function withoutComments(text: string): string {
  let depth = 0;
  let quoted = false;
  let kept = '';
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '\\') {
      if (depth === 0) kept += text.slice(at, at + 2);
      at += 1;
      continue;
    }
    if (character === '"' && depth === 0) quoted = !quoted;
    if (!quoted && character === '(') depth += 1;
    else if (!quoted && character === ')' && depth > 0) depth -= 1;
    else if (depth === 0) kept += character;
  }
  return kept;
}
