import { t } from '../lib/i18n.ts';
import { shownText } from '../lib/shown-text.ts';
import { isInSight } from './in-sight.ts';
import type { MessageId, MessageRow } from './mail-state.ts';
import type { MailStore } from './mail-store.ts';

export type Allowed = 'granted' | 'denied' | 'missing';

/** More than these come as one notification. */
const SINGLY = 3;
const SUBJECT_LENGTH = 120;

/** Asks for leave to show notifications; only from a gesture, as browsers demand. */
export async function notificationsAllowed(): Promise<Allowed> {
  if (!('Notification' in globalThis)) return 'missing';
  const answer = await Notification.requestPermission();
  return answer === 'granted' ? 'granted' : 'denied';
}

/** What the page says on the desktop, and how it is known that nobody looks at the page. */
export interface Desktop {
  show(title: string, body: string, tag: string, clicked: () => void): void;
  inSight(): Promise<boolean>;
}

/** The browser's own notifications, where they were asked for and agreed to. */
export const DESKTOP: Desktop = {
  show(title, body, tag, clicked) {
    if (!('Notification' in globalThis) || Notification.permission !== 'granted') return;
    try {
      const shown = new Notification(title, { body, tag, icon: './icon-192.png' });
      shown.onclick = () => {
        window.focus();
        shown.close();
        clicked();
      };
    } catch {
      // Chrome on Android has them for service workers alone. The count in the title tells too.
    }
  },
  inSight: isInSight,
};

/**
 * Tells of new mail on the desktop: sender and subject, and nothing where the page is in sight or the
 * mail is locked.
 */
export class Notifications {
  readonly #store: MailStore;
  readonly #desktop: Desktop;

  constructor(store: MailStore, desktop: Desktop) {
    this.#store = store;
    this.#desktop = desktop;
  }

  /** For mail that a fetch has brought. Tabs that tell of the same replace each other's words. */
  async added(ids: readonly MessageId[]): Promise<void> {
    if (ids.length === 0 || this.#silent() || (await this.#desktop.inSight())) return;
    if (ids.length > SINGLY) {
      const inbox = (): void => this.#store.go({ folder: 'inbox' });
      this.#desktop.show(t('notify.many', { count: ids.length }), '', 'pop3-many', inbox);
      return;
    }
    const rows = await this.#store.mail.rows([...ids]);
    // It may have been locked meanwhile.
    if (this.#silent()) return;
    for (const row of rows.filter(({ read, folder }) => !read && folder === 'inbox')) {
      const read = (): void => void this.#store.read(row.id);
      this.#desktop.show(senderOf(row), subjectOf(row), `pop3-${row.id}`, read);
    }
  }

  #silent(): boolean {
    const { settings, storage } = this.#store.state;
    return !settings.notifications || storage.locked;
  }
}

function senderOf({ from }: MessageRow): string {
  return shownText(from?.name ?? from?.address ?? '') || t('list.noSender');
}

function subjectOf({ subject }: MessageRow): string {
  return shownText(subject ?? '').slice(0, SUBJECT_LENGTH) || t('list.noSubject');
}
