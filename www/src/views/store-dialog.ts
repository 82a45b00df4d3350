import { LitElement } from 'lit';
import type { MailStore } from '../store/mail-store.ts';

/** A modal dialog that shows what the store holds for as long as it is open. */
export abstract class StoreDialog extends LitElement {
  static override properties = { store: { attribute: false }, about: { state: true } };

  declare store: MailStore;
  /** What it is about, such as the id of an account; `undefined` while it is closed. */
  declare about: string | undefined;

  #unsubscribe: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#unsubscribe = this.store.subscribe(() => this.#changed());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unsubscribe?.();
  }

  #changed(): void {
    // What was readable a moment ago is locked, perhaps by another tab.
    if (this.store.state.storage.locked) this.close();
    this.requestUpdate();
  }

  show(about = ''): void {
    this.about = about;
    void this.updateComplete.then(() => {
      const { dialog } = this;
      if (dialog && !dialog.open) dialog.showModal();
    });
  }

  close(): void {
    this.dialog?.close();
  }

  protected get dialog(): HTMLDialogElement | null {
    return this.renderRoot.querySelector('dialog');
  }

  /** For the event `close` of the dialog, which the Escape key brings about too. */
  protected readonly closed = (): void => {
    this.about = undefined;
  };
}
