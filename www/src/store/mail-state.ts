import type { Failure } from '../lib/outcome.ts';
import type { Language } from '../lib/i18n.ts';
import type {
  Account,
  AccountId,
  AccountStatus,
  Counts,
  MailEvent,
  Opened,
  Settings,
  StorageState,
} from '../worker/mail-protocol.ts';
import { DEFAULTS } from '../worker/storage/settings.ts';

export type {
  Account,
  AccountId,
  AccountStatus,
  Counts,
  Folder,
  Label,
  LabelId,
  ListQuery,
  MessageId,
  MessageRow,
  Settings,
  StorageState,
} from '../worker/mail-protocol.ts';

/** What the mail worker has told, and how the page stands to it. */
export interface MailState {
  /** `open` may still be locked: see `storage`. */
  phase: 'opening' | 'failed' | 'open';
  failure?: Failure | undefined;
  /** As the browser believes; `false` is certain. */
  online: boolean;
  accounts: readonly Account[];
  statuses: Readonly<Record<AccountId, AccountStatus>>;
  settings: Settings;
  storage: StorageState;
  counts: Counts;
  /** Views are drawn anew when it changes. */
  language: Language;
}

export const INITIAL: MailState = {
  phase: 'opening',
  online: true,
  accounts: [],
  statuses: {},
  settings: DEFAULTS,
  storage: { persistent: false, encrypted: false, locked: false, full: false },
  counts: { folders: {}, labels: {}, pending: {} },
  language: 'en',
};

export function opened(state: MailState, told: Opened): MailState {
  const { accounts, statuses, settings, storage, counts } = told;
  return {
    ...state,
    phase: 'open',
    failure: undefined,
    accounts,
    statuses,
    settings,
    storage,
    counts,
  };
}

/** The state after an event; the same object where nothing of it is shown. */
export function afterEvent(state: MailState, event: MailEvent): MailState {
  switch (event.type) {
    case 'accounts':
      return { ...state, accounts: event.accounts };
    case 'status':
      return { ...state, statuses: { ...state.statuses, [event.account]: event.status } };
    case 'counts':
      return { ...state, counts: event.counts };
    case 'settings':
      return { ...state, settings: event.settings };
    case 'storage':
      return { ...state, storage: event.storage };
    case 'closed':
      return { ...state, phase: 'failed', failure: event.failure };
    case 'rows':
    case 'added':
      return state;
  }
}

/** Unread messages in the inboxes of all accounts, for the title. */
export function unreadInInboxes({ accounts, counts }: MailState): number {
  return accounts.reduce((sum, { id }) => sum + (counts.folders[`${id}/inbox`]?.unread ?? 0), 0);
}

/** Deletions that the next fetch makes, of one account or of all. */
export function pendingDeletions({ counts }: MailState, account?: AccountId): number {
  if (account !== undefined) return counts.pending[account] ?? 0;
  return Object.values(counts.pending).reduce((sum, pending) => sum + pending, 0);
}

/** Messages of an account that are stored here, in whichever folder. */
export function storedMessages({ counts }: MailState, account: AccountId): number {
  return Object.entries(counts.folders)
    .filter(([key]) => key.slice(0, key.lastIndexOf('/')) === account)
    .reduce((sum, [, { messages }]) => sum + messages, 0);
}
