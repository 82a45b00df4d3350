/**
 * What is odd about a message that could be meant to deceive. Each sign alone is weak, so only such
 * are told that honest mail hardly ever shows; `tests` of real mail hold them to that.
 */

import type { Address, Message } from 'pop3-wasm';
import { authenticationOf, failedMethods, type Method } from './authentication.ts';
import { hasCommonEnd, namedHosts, type DoubtfulLink } from './link-warning.ts';
import { lookalike } from './lookalike.ts';
import { hostOfAddress, siteOf } from './site.ts';

export type Sign =
  /** The display name shows an address or a host of somebody else. */
  | { kind: 'name'; named: string; address: string }
  /** The sender's host is written in letters that pass for others. */
  | { kind: 'letters'; host: string; shown: string }
  /** An answer would go to a private mailbox elsewhere. */
  | { kind: 'reply'; address: string; host: string }
  /** The receiving server could not confirm the sender. */
  | { kind: 'authentication'; server: string; methods: Method[] }
  /** Links that are not what they seem; the first one is named. */
  | { kind: 'links'; count: number; named?: string; host: string };

/** Addresses that are looked at: the first few are those that are seen. */
const LOOKED_AT = 5;
const ADDRESS = /[\p{L}\p{N}._%+-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.){1,10}[\p{L}]{2,63}/gu;

/** Where anybody gets a mailbox in a minute: no place for a company's answers. */
const FREE = new Set([
  ...['gmail.com', 'googlemail.com', 'outlook.com', 'hotmail.com', 'live.com', 'msn.com'],
  ...['yahoo.com', 'ymail.com', 'aol.com', 'icloud.com', 'me.com', 'gmx.de', 'gmx.net', 'gmx.com'],
  ...['web.de', 'mail.ru', 'yandex.ru', 'yandex.com', 'proton.me', 'protonmail.com', 'zoho.com'],
  ...['mail.com', 'tutanota.com', 'tuta.com', 'inbox.ru', 'bk.ru', 'qq.com', '163.com', '126.com'],
]);

/** Signs of the header, the gravest first. Text of the message has its own: see {@link linkSign}. */
export function signsOf(message: Message): Sign[] {
  const senders = message.from.slice(0, LOOKED_AT);
  const signs: Sign[] = [];
  const authentication = authenticationOf(message);
  if (authentication !== undefined) {
    const methods = failedMethods(authentication);
    if (methods.length > 0) {
      signs.push({ kind: 'authentication', server: authentication.server, methods });
    }
  }
  for (const sender of senders) {
    const host = hostOfAddress(sender.address);
    const shown = host && lookalike(host);
    if (host && shown) signs.push({ kind: 'letters', host, shown });
    const named = otherAddress(sender, host);
    if (named !== undefined) signs.push({ kind: 'name', named, address: sender.address });
  }
  const reply = strangeReply(message, senders);
  if (reply !== undefined) signs.push(reply);
  return signs;
}

/**
 * The sign that links make: those whose words name a host of another site than the one they lead to,
 * that hide their host behind a user name, or spell it in letters that pass for others. A newsletter
 * that counts clicks leads to its own server first, so a link to the sender's site is none.
 */
export function linkSign(
  links: readonly DoubtfulLink[],
  from: readonly Address[],
): Sign | undefined {
  const own = new Set(from.slice(0, LOOKED_AT).map(({ address }) => site(address)));
  const odd = links.filter(({ href, host, named, doubts }) => {
    if (doubts.includes('userinfo')) return true;
    if (lookalike(host) !== undefined) return true;
    if (named === undefined || href.startsWith('mailto:')) return false;
    return siteOf(named) !== siteOf(host) && !own.has(siteOf(host));
  });
  const [first] = odd;
  if (first === undefined) return undefined;
  const { host, named } = first;
  return { kind: 'links', count: odd.length, host, ...(named !== undefined && { named }) };
}

/** An address or a host in a display name that is not the sender's. */
function otherAddress({ name }: Address, host: string | undefined): string | undefined {
  if (name === undefined || host === undefined) return undefined;
  const text = name.normalize('NFKC').slice(0, 500);
  for (const [found] of text.matchAll(ADDRESS)) {
    const named = hostOfAddress(found);
    if (named !== undefined && siteOf(named) !== siteOf(host)) return found;
  }
  // A name that is nothing but a host; among other words, a dot is too often one of spelling.
  const [named] = /^\S+$/.test(text) ? namedHosts(text).filter(hasCommonEnd) : [];
  return named !== undefined && siteOf(named) !== siteOf(host) ? named : undefined;
}

function site(address: string): string | undefined {
  const host = hostOfAddress(address);
  return host && siteOf(host);
}

function strangeReply(message: Message, senders: readonly Address[]): Sign | undefined {
  // A list's replies go where the list says.
  if (message.list !== undefined) return undefined;
  const own = new Set(senders.map(({ address }) => site(address)));
  for (const { address } of message.replyTo.slice(0, LOOKED_AT)) {
    const host = hostOfAddress(address);
    if (host === undefined || own.has(siteOf(host)) || !FREE.has(siteOf(host))) continue;
    if (senders.some((sender) => FREE.has(site(sender.address) ?? ''))) continue;
    return { kind: 'reply', address, host };
  }
  return undefined;
}
