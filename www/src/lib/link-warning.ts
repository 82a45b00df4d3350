/** Does a link go where its words say? Decisions only, no DOM. */

import { shownText } from './shown-text.ts';
import { asHost } from './site.ts';

export type LinkDoubt = 'named' | 'userinfo' | 'letters' | 'number';

export interface DoubtfulLink {
  /** To be opened as it stands. */
  href: string;
  /** What is reached: a host, or for mail the addresses. Part of `href` as shown. */
  host: string;
  /** The host that the words name. */
  named?: string;
  doubts: LinkDoubt[];
}

/** Words of a link that are looked at; a name that matters comes first. */
const LONGEST = 2_000;

const WITH_SCHEME = /\bhttps?:\/\/[^\s<>"']{1,1000}/giu;
/** With the path after it, in which there are no hosts; not what stands before an `@`. */
const BARE =
  /(?<![\p{L}\p{N}._+-])((?:[\p{L}\p{N}-]{1,63}\.){1,10}\p{L}[\p{L}\p{N}-]{1,62})(?![\p{L}\p{N}@+_-]|\.[\p{L}\p{N}])(?:[/?#:]\S*)?/gu;

/** Last labels that make a bare name a host in the middle of other words. */
const COMMON =
  /\.(?:com|org|net|edu|gov|mil|int|info|biz|app|dev|bank|shop|online|site|store|cloud|[a-z]{2})$/i;

/** Last labels that are more often a file's: a link named `report.pdf` names no host. */
const FILES =
  /\.(?:pdf|docx?|xlsx?|pptx?|od[tsp]|txt|rtf|csv|html?|php|aspx?|jsp?|mjs|ts|json|xml|css|md|py|rs|sh|pl|rb|png|jpe?g|gif|svg|webp|mp[34]|mov|avi|zip|gz|tar|exe|eml|ics)$/i;

/** Why a click on this link should be asked about, or `undefined` where it may open at once. */
export function doubtfulLink(words: string, href: string): DoubtfulLink | undefined {
  if (!URL.canParse(href)) return undefined;
  const url = new URL(href);
  const hosts = hostsOf(url);
  if (hosts.length === 0) return undefined;
  const doubts: LinkDoubt[] = [];
  const named = namedHosts(words);
  const real = new Set(hosts.map(comparable));
  const other = named.find((host) => !real.has(host));
  const extra = named.length > 0 && [...real].some((host) => !named.includes(host));
  if (other !== undefined || extra) doubts.push('named');
  if (url.protocol !== 'mailto:' && (url.username !== '' || url.password !== '')) {
    doubts.push('userinfo');
  }
  if (hosts.some((host) => /(?:^|\.)xn--/.test(host))) doubts.push('letters');
  if (hosts.some((host) => /^(?:\d+(?:\.\d+){3}|\[.*\])$/.test(host))) doubts.push('number');
  if (doubts.length === 0) return undefined;
  const shown = other ?? named[0];
  const host = hosts.join(', ');
  return { href, host, doubts, ...(doubts.includes('named') && shown && { named: shown }) };
}

/** Hosts that are reached, in the letters of the protocol: `xn--` shows what was disguised. */
function hostsOf(url: URL): string[] {
  if (url.protocol === 'http:' || url.protocol === 'https:') return [url.hostname];
  if (url.protocol !== 'mailto:') return [];
  return decoded(url.pathname)
    .split(',')
    .map((address) => asHost(address.slice(address.lastIndexOf('@') + 1).trim()))
    .filter((host) => host !== undefined);
}

/** Hosts that words name, without `www.`. */
export function namedHosts(words: string): string[] {
  const text = shownText(words.slice(0, LONGEST).normalize('NFKC'));
  const found: string[] = [];
  const rest = text.replace(WITH_SCHEME, (address) => {
    if (URL.canParse(address)) found.push(new URL(address).hostname);
    return ' ';
  });
  const alone = !/\s/.test(text);
  for (const [, name = ''] of rest.matchAll(BARE)) {
    const certain = /^www\./i.test(name) || (alone ? !FILES.test(name) : hasCommonEnd(name));
    const host = certain ? asHost(name) : undefined;
    if (host !== undefined) found.push(host);
  }
  return found.map(comparable);
}

/** Does a name end as a host does, rather than a file or a word? */
export function hasCommonEnd(name: string): boolean {
  return COMMON.test(name) && !FILES.test(name);
}

function comparable(host: string): string {
  return host
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/^www\./, '');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
