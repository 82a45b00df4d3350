import * as check from './arguments.js';
import { Pop3Error } from './error.js';
import { call, init } from './module.js';

/** Far beyond any mail, and small enough that the module's memory can hold what is made of it. */
const MAX_OCTETS = 512 * 1024 * 1024;

/** Takes a message apart; documented in index.d.ts. */
export async function parseMessage(octets) {
  check.octets(octets, MAX_OCTETS);
  await init();
  try {
    return call((module) => module.parseMessage(octets));
  } catch ({ cause }) {
    throw new Pop3Error('parse-failed', 'The message could not be taken apart.', { cause });
  }
}
