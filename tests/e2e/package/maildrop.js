/** The answers of a server for a mailbox, for the scripts of `pop3-server.js`. */

/** A message as RETR or TOP gives it, after `+OK`. */
export function multiline(message) {
  const lines = message.replaceAll('\r\n.', '\r\n..').replace(/^\./, '..');
  return `+OK\r\n${lines}.\r\n`;
}

/**
 * Answers for these messages: `{ octets, uid }`, or a string in place of one that is refused. With
 * `capabilities`, the server tells them. Without `uidl` or `top`, it knows no such command.
 */
export function maildrop(
  messages,
  { capabilities = ['PIPELINING'], uidl = true, top = true } = {},
) {
  const listed = [...messages.entries()];
  const table = (cell) =>
    `+OK\r\n${listed.map(([at, message]) => `${at + 1} ${cell(message)}\r\n`).join('')}.\r\n`;
  const answers = {
    CAPA: `+OK\r\n${capabilities.map((name) => `${name}\r\n`).join('')}.\r\n`,
    STAT: `+OK ${messages.length} 1000\r\n`,
    LIST: table((message) => (typeof message === 'string' ? 100 : message.octets.length)),
    UIDL: uidl ? table((message) => message.uid ?? '') : '-ERR what?\r\n',
  };
  for (const [at, message] of listed) {
    const refused = typeof message === 'string';
    answers[`RETR ${at + 1}`] = refused ? message : multiline(message.octets);
    const header = refused ? '' : message.octets.split('\r\n\r\n')[0];
    const known = refused ? message : multiline(`${header}\r\n\r\n`);
    answers[`TOP ${at + 1} 0`] = top ? known : '-ERR what?\r\n';
  }
  return answers;
}

/** A message with this subject. */
export function mail(subject, uid) {
  return { octets: `Subject: ${subject}\r\n\r\nabout ${subject}\r\n`, uid };
}
