import { FailureError } from '../lib/outcome.ts';

/** A part of the worker that not everybody needs. It may be out of reach, as any file. */
export async function later<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch {
    throw new FailureError({ code: 'load-failed', blame: 'package' });
  }
}
