/** The end of the streams that a session was given: of its own, or of a session that never began. */

const ignore = () => {};

/**
 * Ends both streams, and unlocks them. `orderly` lets out what was written before, and what waits;
 * otherwise it is dropped, as by a connection that is cut.
 */
export function closeStreams({ reader, writer }, orderly, waiting) {
  if (orderly) for (const chunk of waiting) writer.write(chunk).catch(ignore);
  // Neither throws, and both reject where the stream had ended by itself.
  (orderly ? writer.close() : writer.abort()).catch(ignore);
  reader.cancel().catch(ignore);
  writer.releaseLock();
  reader.releaseLock();
}

/** Ends streams that nobody has begun to use, unless somebody else has. */
export function discardStreams({ readable, writable }) {
  writable.abort().catch(ignore);
  readable.cancel().catch(ignore);
}
