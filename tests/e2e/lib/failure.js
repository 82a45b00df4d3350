/** The failure that a test waits for. */
import assert from 'node:assert/strict';
import { Pop3Error } from 'pop3-wasm';
import { within } from './deadline.js';

/** The `Pop3Error` that a Promise is rejected with; anything else fails the test. */
export async function failure(promise) {
  try {
    await within(10_000, 'a failure', promise);
  } catch (error) {
    assert.ok(error instanceof Pop3Error, String(error));
    return error;
  }
  return assert.fail('nothing failed');
}
