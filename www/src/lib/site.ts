/** Whose a host is, as near as can be told without a list of all public suffixes. */

/** Labels under which countries register names: `example.co.uk` is one's own, `co.uk` is nobody's. */
const SHARED = new Set([
  ...['ac', 'co', 'com', 'edu', 'gen', 'go', 'gob', 'gouv', 'gov', 'govt', 'gv', 'id', 'ltd'],
  ...['me', 'mil', 'ne', 'net', 'nom', 'or', 'org', 'plc', 'sch', 'school'],
]);

/** The part of a host's name that somebody registered; the host itself where it is a number. */
export function siteOf(host: string): string {
  const name = host.toLowerCase().replace(/\.$/, '');
  if (/^[\d.]+$|^\[/.test(name)) return name;
  const labels = name.split('.');
  const second = labels.at(-2) ?? '';
  const country = (labels.at(-1) ?? '').length === 2;
  return labels.slice(country && SHARED.has(second) ? -3 : -2).join('.');
}

/** The host of a mail address in the letters of the protocol, or `undefined` if it has none. */
export function hostOfAddress(address: string): string | undefined {
  const at = address.lastIndexOf('@');
  return at < 0 ? undefined : asHost(address.slice(at + 1).trim());
}

/** A name as a host in the letters of the protocol (`xn--`), or `undefined` where it is none. */
export function asHost(name: string): string | undefined {
  const address = `http://${name}`;
  if (/[\s/?#@:\\]/.test(name) || !URL.canParse(address)) return undefined;
  return new URL(address).hostname || undefined;
}
