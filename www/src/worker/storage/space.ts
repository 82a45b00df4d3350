import type { StorageState } from '../mail-protocol.ts';

/** How much is stored and how much may be, as far as the browser says. */
export async function space(): Promise<Pick<StorageState, 'used' | 'quota' | 'persistent'>> {
  const [estimate, persistent] = await Promise.all([
    navigator.storage.estimate().catch(() => ({}) as StorageEstimate),
    navigator.storage.persisted().catch(() => false),
  ]);
  const { usage, quota } = estimate;
  return {
    ...(usage !== undefined && { used: usage }),
    ...(quota !== undefined && { quota }),
    persistent,
  };
}
