/** Loads what takes messages apart when it is first needed, so that the client alone stays small. */
export async function parseMessage(octets) {
  const message = await import('./message.js');
  return message.parseMessage(octets);
}
