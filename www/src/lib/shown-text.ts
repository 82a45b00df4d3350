/**
 * Names and subjects as they may be shown: without the characters that are not seen themselves but
 * turn others around, hide them or stand in for space. `office@bank.com` must not be what the list
 * shows of an address that is not that.
 */

import type { Address, Message } from 'pop3-wasm';

/** Line ends, tabs and other controls: one space, as if the header were folded there. */
const CONTROLS = /[\p{Cc}\u2028\u2029]+/gu;

/**
 * Format characters, among them all that embed, override and isolate a direction. The two joiners
 * stay, as Persian and many emoji are spelt with them, and so do the signs that span numbers.
 */
const FORMAT =
  /(?![\u200c\u200d\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}])\p{Cf}/gu;

export function shownText(text: string): string {
  return text.replace(CONTROLS, ' ').replace(FORMAT, '').trim();
}

/** The headers keep what was sent: they are the place to look for it. */
export function shownMessage(message: Message): Message {
  const { subject, from, sender, to, cc, bcc, replyTo } = message;
  return {
    ...message,
    ...(subject !== undefined && { subject: shownText(subject) }),
    from: from.map(shownAddress),
    ...(sender && { sender: shownAddress(sender) }),
    to: to.map(shownAddress),
    cc: cc.map(shownAddress),
    bcc: bcc.map(shownAddress),
    replyTo: replyTo.map(shownAddress),
  };
}

export function shownAddress(address: Address): Address {
  // A group without members, such as undisclosed recipients, has nothing but its name.
  const alone = address.address === '' ? address.group : undefined;
  const name = shownText(address.name ?? alone ?? '');
  const { name: _, ...rest } = address;
  return { ...rest, address: shownText(address.address), ...(name && { name }) };
}
