import { unreadInInboxes } from './mail-state.ts';
import type { MailStore } from './mail-store.ts';

/** Shows how many messages are unread on the icon of the page, where it is installed. */
export function followUnread(store: MailStore): void {
  let shown = 0;
  store.subscribe(() => {
    const { state } = store;
    const unread = state.storage.locked ? 0 : unreadInInboxes(state);
    if (unread === shown) return;
    shown = unread;
    // Refused where the page is not installed, and absent in some browsers.
    (navigator as Partial<Navigator>).setAppBadge?.(unread).catch(() => {});
  });
}
