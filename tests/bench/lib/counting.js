/**
 * A bare WebSocket that fetches a mailbox of so many messages by way of the proxy and counts what comes: what
 * a browser can do at all. Runs in a page by `page.evaluate`, so it refers to nothing outside itself.
 *
 * The answers to RETR have `least` octets together, or some more. All commands go out at once after sign-in. The
 * outcome has the octets of all answers as they came, and the seconds until sign-in was done (`signedIn`), the
 * first octet of a message (`first`) and the last one (`seconds`).
 */
export async function countOctets(address, { user, password }, messages, least) {
  const start = performance.now();
  const since = () => (performance.now() - start) / 1_000;
  const socket = new WebSocket(address, ['pop3.v1']);
  socket.binaryType = 'arraybuffer';
  const decoder = new TextDecoder();
  let octets = 0;
  let end = '';
  let first;
  let heard = () => {};
  const closed = new Promise((_, reject) => {
    socket.onclose = ({ code }) => reject(new Error(`the WebSocket closed with ${code}`));
  });
  closed.catch(() => {});
  socket.onmessage = ({ data }) => {
    if (typeof data === 'string') return;
    first ??= since();
    octets += data.byteLength;
    // The last octets tell whether all is there.
    end = (end + decoder.decode(data.slice(-64))).slice(-64);
    heard();
  };
  const until = (what) =>
    Promise.race([
      closed,
      new Promise((resolve) => {
        heard = () => what() && resolve();
        heard();
      }),
    ]);
  const ask = (...lines) =>
    socket.send(new TextEncoder().encode(lines.map((line) => `${line}\r\n`).join('')));
  await until(() => end.endsWith('\r\n'));
  for (const line of [`USER ${user}`, `PASS ${password}`, 'STAT']) {
    end = '';
    ask(line);
    await until(() => end.endsWith('\r\n'));
    if (!end.startsWith('+OK')) throw new Error(`${line.slice(0, 4)} was refused`);
  }
  const signedIn = since();
  [octets, first] = [0, undefined];
  const numbers = Array.from({ length: messages }, (_, at) => at + 1);
  // Not QUIT: by TLS, Dovecot 2.3 then loses the end of what was asked before it, once in a hundred times.
  ask(...numbers.map((number) => `RETR ${number}`), 'NOOP');
  // The answer to NOOP is the first line after the last message; a frame may end so as well.
  await until(() => octets > least && /\r\n\.\r\n\+OK[^\r\n]*\r\n$/.test(end));
  const seconds = since();
  socket.close();
  return { octets, signedIn, first, seconds };
}
