/** What each project does with the package: sign in, look, fetch, take apart, delete, sign out. */
export async function job(pop3, { user, password, ...way }) {
  const client = await pop3.Pop3Client.connect(way);
  await client.user(user);
  await client.pass_(password);
  const stat = await client.stat();
  const { octets } = await client.retr(1);
  const { subject, from, text, attachments } = await pop3.parseMessage(octets);
  const same = (await pop3.parseAlone(octets)).text === text;
  const refused = await client.retr(99).catch((error) => error);
  const code = refused instanceof pop3.Pop3Error ? refused.code : String(refused);
  await client.dele(1);
  await client.quit();
  const [{ name, content }] = attachments;
  return { stat, subject, from, text, attachment: { name, size: content.length }, same, code };
}
