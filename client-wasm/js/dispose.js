/** The end of a client that goes out of scope, as by `await using`. */

/** Its method's name; one of nobody's, where the runtime knows no such thing. */
export const DISPOSE = Symbol.asyncDispose ?? Symbol('asyncDispose');

export async function dispose(client) {
  if (client.closed) return;
  try {
    await client.quit();
  } catch {
    // The server did not commit the deletions, and there is nobody left to tell.
    client.close();
  }
}
