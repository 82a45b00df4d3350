import { logDefect } from '../lib/log.ts';
import type { MailStore } from '../store/mail-store.ts';

/** A dialog of the page. Each is loaded when it is first wanted. */
export interface PageDialog extends HTMLElement {
  store: MailStore;
  /** Opens it, about an account where it is about one. */
  show(about?: string): void;
}

/** Element names of the dialogs, and where they come from. */
const DIALOGS = {
  'pop3-account-dialog': () => import('./accounts/account-dialog.ts'),
  'pop3-help-dialog': () => import('./help-dialog.ts'),
  'pop3-lock-dialog': () => import('./accounts/lock-dialog.ts'),
  'pop3-settings-dialog': () => import('./settings/settings-dialog.ts'),
  'pop3-sign-in-dialog': () => import('./accounts/sign-in-dialog.ts'),
} as const satisfies Record<string, () => Promise<unknown>>;

export type DialogName = keyof typeof DIALOGS;

export interface DialogRequest {
  name: DialogName;
  about?: string;
}

/** Asks the page for a dialog, from anywhere in it. */
export function requestDialog(from: EventTarget, name: DialogName, about?: string): void {
  const detail: DialogRequest = { name, ...(about === undefined ? {} : { about }) };
  from.dispatchEvent(new CustomEvent('dialog', { detail, bubbles: true, composed: true }));
}

/** Shows a dialog inside `home`, where it stays for the next time. */
export async function showDialog(
  home: HTMLElement,
  store: MailStore,
  { name, about }: DialogRequest,
): Promise<void> {
  try {
    await DIALOGS[name]();
  } catch (thrown) {
    logDefect(name, thrown);
    store.toasts.fail({ code: 'load-failed', blame: 'package' });
    return;
  }
  let dialog = home.querySelector<PageDialog>(name);
  if (dialog === null) {
    dialog = document.createElement(name) as PageDialog;
    dialog.store = store;
    home.append(dialog);
  }
  dialog.show(about);
}
