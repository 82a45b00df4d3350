/** Held by each tab of the page that is in sight; tabs that are not look whether it is held. */
const IN_SIGHT = 'pop3-in-sight';

/** Lets other tabs know whenever this one is in sight. */
export function showSight(): void {
  const locks = (navigator as Partial<Navigator>).locks;
  let out: (() => void) | undefined;
  function follow(): void {
    out?.();
    out = undefined;
    if (document.visibilityState !== 'visible') return;
    const gone = new Promise<void>((resolve) => (out = resolve));
    locks?.request(IN_SIGHT, { mode: 'shared' }, () => gone).catch(() => {});
  }
  document.addEventListener('visibilitychange', follow);
  follow();
}

/** Does somebody look at this page, in whichever tab? */
export async function isInSight(): Promise<boolean> {
  if (document.visibilityState === 'visible') return true;
  const { held = [] } = (await (navigator as Partial<Navigator>).locks?.query()) ?? {};
  return held.some(({ name }) => name === IN_SIGHT);
}
