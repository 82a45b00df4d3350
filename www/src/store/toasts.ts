import type { Failure } from '../lib/outcome.ts';
import { Observable } from './observable.ts';

export interface Toast {
  /** Grows, so that a view can tell a new toast from the same words again. */
  id: number;
  text: string;
  /** What went wrong, in place of a text. */
  failure?: Failure;
  /** It can be taken back. */
  undo: boolean;
}

export interface ToastState {
  toast: Toast | undefined;
  /** For screen readers: the latest news, also where no toast tells it. */
  announcement: string;
}

/** Takes back what was done. */
export type Undo = () => Promise<void>;

/** Steps that can be taken back one after the other, the latest first. */
const STEPS = 50;

/** What was just done, and how it is taken back. */
export class Toasts extends Observable<ToastState> {
  #count = 0;
  readonly #steps: { toast: number; undo: Undo }[] = [];

  constructor() {
    super({ toast: undefined, announcement: '' });
  }

  /** Gives the toast's id, by which it can be told that it is too late to undo. */
  tell(text: string, undo?: Undo): number {
    const id = ++this.#count;
    if (undo) {
      this.#steps.push({ toast: id, undo });
      if (this.#steps.length > STEPS) this.#steps.shift();
    }
    this.replace({ toast: { id, text, undo: undo !== undefined }, announcement: text });
    return id;
  }

  fail(failure: Failure): void {
    this.patch({ toast: { id: ++this.#count, text: '', failure, undo: false } });
  }

  announce(announcement: string): void {
    this.patch({ announcement });
  }

  dismiss(id: number): void {
    if (this.state.toast?.id === id) this.patch({ toast: undefined });
  }

  /** What it tells of can no longer be taken back. */
  tooLate(id: number): void {
    const at = this.#steps.findIndex(({ toast }) => toast === id);
    if (at >= 0) this.#steps.splice(at, 1);
    this.dismiss(id);
  }

  /** Takes back the latest step that was not taken back yet. */
  async undo(): Promise<void> {
    const step = this.#steps.pop();
    if (step === undefined) return;
    this.dismiss(step.toast);
    await step.undo();
  }
}
