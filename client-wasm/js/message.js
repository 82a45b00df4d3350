/** The entry `pop3-wasm/message`; its types and documentation are in message.d.ts. */
import { Pop3Error } from './error.js';
import { parser } from './message-module.js';
import { message } from './parts.js';

export { Pop3Error };

/** Far beyond any mail, and small enough that the module's memory can hold what is made of it. */
const MAX_OCTETS = 512 * 1024 * 1024;

/** Messages inside messages that are taken apart when somebody looks at them. */
const MAX_DEPTH = 8;

/** Loads the module; see message.d.ts. */
export const init = (source) => parser.init(source);

/** Loads the module at once; see message.d.ts. */
export const initSync = (source) => parser.initSync(source);

/** Takes a message apart; documented in message.d.ts. */
export async function parseMessage(octets) {
  if (!(octets instanceof Uint8Array)) {
    throw new Pop3Error('invalid-argument', 'octets must be a Uint8Array.');
  }
  const { buffer, byteOffset, byteLength } = octets;
  if (byteLength > MAX_OCTETS) {
    const words = `A message may not have more than ${MAX_OCTETS} octets.`;
    throw new Pop3Error('limit-exceeded', words);
  }
  await init();
  // Not what a subclass such as Node's Buffer makes of `subarray`.
  return message(new Uint8Array(buffer, byteOffset, byteLength), MAX_DEPTH);
}
