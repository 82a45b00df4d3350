import { LitElement, html, nothing, type PropertyValues } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { t } from '../../lib/i18n.ts';
import type { ListState } from '../../store/list.ts';
import type { MessageId, Settings } from '../../store/mail-state.ts';
import type { MailStore } from '../../store/mail-store.ts';
import { icons } from '../icons.ts';
import { labelStyles } from '../label.styles.ts';
import { shared } from '../styles.ts';
import { visibleRange } from './virtual-rows.ts';
import { MessageRowView } from './row.ts';
import { listStyles } from './message-list.styles.ts';

/** How long a finger rests on a row until that selects it. */
const LONG_PRESS_MS = 500;

/**
 * The list of messages: an ARIA grid with one row in the tab order. Only the rows in sight are in
 * the document, and the focused one, so that focus is never lost by scrolling.
 */
export class MailListView extends LitElement {
  static override styles = [shared, labelStyles, listStyles];
  static override properties = {
    store: { attribute: false },
    list: { attribute: false },
    settings: { attribute: false },
    opened: { attribute: false },
    scrolled: { state: true },
    height: { state: true },
    rowHeight: { state: true },
    above: { state: true },
  };

  declare store: MailStore;
  declare list: ListState;
  declare settings: Settings;
  /** The message that is open. */
  declare opened: MessageId | undefined;
  /** Pixels above the first one in sight. */
  declare scrolled: number;
  declare height: number;
  declare rowHeight: number;
  /** New rows above what is in sight, which nobody has seen yet. */
  declare above: number;

  readonly #rows = new MessageRowView();
  readonly #resized = new ResizeObserver(() => this.#measure());
  #hadFocus = false;
  /** Somebody points at the list or has moved in it: what they look at must not move. */
  #inUse = false;
  /** Pixels to scroll by once the rows are drawn. */
  #moved = 0;
  #press: ReturnType<typeof setTimeout> | undefined;
  /** The press has selected, so that the click which ends it does not open. */
  #pressed = false;

  constructor() {
    super();
    this.scrolled = 0;
    this.height = 800;
    this.rowHeight = 84;
    this.above = 0;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resized.observe(this);
    this.addEventListener('pointerenter', this.#use);
    this.addEventListener('pointerleave', this.#leave);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized.disconnect();
    this.removeEventListener('pointerenter', this.#use);
    this.removeEventListener('pointerleave', this.#leave);
  }

  readonly #use = (): void => {
    this.#inUse = true;
  };

  readonly #leave = (): void => {
    this.#inUse = false;
  };

  /** Puts the keyboard focus on the active row, or on what stands in place of rows. */
  async focusActive(): Promise<void> {
    await this.updateComplete;
    this.#reveal();
    await this.updateComplete;
    const target = this.#activeRow() ?? this.renderRoot.querySelector<HTMLElement>('.viewport');
    target?.focus({ preventScroll: true });
  }

  get #viewport(): HTMLElement | null {
    return this.renderRoot.querySelector('.viewport');
  }

  #activeRow(): HTMLElement | null {
    return this.renderRoot.querySelector('[role="row"][tabindex="0"]');
  }

  #measure(): void {
    const viewport = this.#viewport;
    if (viewport === null) return;
    this.height = viewport.clientHeight;
    const row = viewport.querySelector('[role="row"]');
    if (row !== null) this.rowHeight = row.getBoundingClientRect().height || this.rowHeight;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    this.#hadFocus = this.shadowRoot?.activeElement?.closest('[role="row"]') != null;
    const before = changed.get('list') as ListState | undefined;
    if (before === undefined) return;
    if (before.query !== this.list.query) {
      this.#inUse = this.matches(':hover');
      this.above = 0;
      if (this.list.waiting) this.#toTop();
    } else if (before.ids !== this.list.ids) {
      this.#keepPlace(before.ids);
    }
  }

  #toTop(): void {
    this.above = 0;
    this.scrolled = 0;
    if (this.#viewport) this.#viewport.scrollTop = 0;
  }

  /** What is in sight stays there when rows come or go above it. */
  #keepPlace(before: Uint32Array): void {
    const { ids } = this.list;
    const atTop = this.scrolled < this.rowHeight / 2;
    if (this.#viewport === null || before.length === 0 || (atTop && !this.#inUse)) return;
    // The first row in sight that is still there.
    let was = Math.floor(this.scrolled / this.rowHeight);
    let is = -1;
    for (let tries = 0; tries < 64 && is < 0 && was < before.length; tries += 1) {
      is = ids.indexOf(before[was] ?? -1);
      if (is < 0) was += 1;
    }
    if (is < 0 || is === was) return;
    this.#moved = (is - was) * this.rowHeight;
    if (is > was) this.above += is - was;
  }

  protected override updated(changed: PropertyValues<this>): void {
    const grid = this.renderRoot.querySelector<HTMLElement>('[role="grid"]');
    if (grid === null) return;
    // By the object model: the page's policy allows no style attributes.
    grid.style.height = `${this.list.ids.length * this.rowHeight}px`;
    for (const row of grid.querySelectorAll<HTMLElement>('[role="row"]')) {
      const index = Number(row.ariaRowIndex) - 1;
      row.style.transform = `translateY(${index * this.rowHeight}px)`;
    }
    if (this.#moved !== 0) {
      this.#viewport?.scrollBy(0, this.#moved);
      this.#moved = 0;
    }
    const before = changed.get('list') as ListState | undefined;
    if (before && before.active !== this.list.active && this.#hadFocus) this.#reveal();
    // Moved in the document, an element loses the focus: it goes back to where it was.
    if (this.#hadFocus && !this.#focusInActiveRow())
      this.#activeRow()?.focus({ preventScroll: true });
    if (changed.has('list') || changed.has('settings')) this.#measure();
  }

  #focusInActiveRow(): boolean {
    const row = this.#activeRow();
    return row !== null && row.contains(this.shadowRoot?.activeElement ?? null);
  }

  /** Scrolls as little as brings the active row into sight. */
  #reveal(): void {
    const viewport = this.#viewport;
    const { ids, active } = this.list;
    const index = active === undefined ? -1 : ids.indexOf(active);
    if (viewport === null || index < 0) return;
    const top = index * this.rowHeight;
    const bottom = top + this.rowHeight;
    if (top < viewport.scrollTop) viewport.scrollTop = top;
    else if (bottom > viewport.scrollTop + viewport.clientHeight) {
      viewport.scrollTop = bottom - viewport.clientHeight;
    }
    this.scrolled = viewport.scrollTop;
  }

  #keydown(event: KeyboardEvent): void {
    const { ctrlKey, metaKey, altKey, key, shiftKey } = event;
    const { list } = this.store;
    const inControl = event.target instanceof Element && event.target.closest('button, input');
    if ((ctrlKey || metaKey) && !altKey && key.toLowerCase() === 'a') {
      list.selectAll();
      event.preventDefault();
      return;
    }
    if (ctrlKey || metaKey || altKey) return;
    const page = Math.max(1, Math.floor(this.height / this.rowHeight) - 1);
    const steps: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -this.list.ids.length,
      End: this.list.ids.length,
    };
    const step = steps[key];
    const { active } = this.list;
    if (step !== undefined) {
      this.#inUse = true;
      list.move(step, shiftKey);
      void this.focusActive();
    } else if (inControl) {
      return;
    } else if (key === 'Enter' && active !== undefined) {
      this.#open(active, true);
    } else if (key === ' ' && active !== undefined) {
      list.toggle(active);
    } else {
      return;
    }
    event.preventDefault();
  }

  #open(id: MessageId, focusReader: boolean): void {
    void this.store.read(id);
    this.dispatchEvent(new CustomEvent('opened', { detail: { focusReader } }));
  }

  readonly #click = (event: MouseEvent, id: MessageId): void => {
    const { list } = this.store;
    if (this.#pressed) {
      this.#pressed = false;
      return;
    }
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest('button, input')) return;
    if (target?.closest('.check')) {
      // Beside the box: fingers are wider than it.
      list.toggle(id);
    } else if (event.shiftKey) {
      // A range of messages, not of text.
      getSelection()?.removeAllRanges();
      list.extendTo(id);
    } else if (event.ctrlKey || event.metaKey) {
      list.toggle(id);
    } else {
      this.#open(id, false);
    }
  };

  readonly #checked = (event: MouseEvent, id: MessageId): void => {
    const { list } = this.store;
    if (event.shiftKey) list.extendTo(id);
    else list.toggle(id);
    // The box shows what is selected, whatever the click made of it.
    const box = event.currentTarget as HTMLInputElement;
    box.checked = list.state.selected.has(id);
  };

  readonly #pointerDown = (event: PointerEvent, id: MessageId): void => {
    this.#pressed = false;
    if (event.pointerType !== 'touch') return;
    clearTimeout(this.#press);
    this.#press = setTimeout(() => {
      this.#pressed = true;
      this.store.list.toggle(id);
    }, LONG_PRESS_MS);
  };

  readonly #pressEnds = (): void => clearTimeout(this.#press);

  readonly #contextMenu = (event: Event): void => {
    if (this.#pressed) event.preventDefault();
  };

  #scroll(event: Event): void {
    this.#pressEnds();
    this.scrolled = (event.currentTarget as HTMLElement).scrollTop;
    const unseen = Math.floor(this.scrolled / this.rowHeight);
    if (this.above > unseen) this.above = unseen;
  }

  readonly #showNew = async (): Promise<void> => {
    this.#toTop();
    this.store.list.activate(this.list.ids[0]);
    await this.focusActive();
  };

  protected override render(): unknown {
    const { list, above } = this;
    const { ids } = list;
    return html`
      ${
        above > 0
          ? html`<button class="new" @click=${this.#showNew}>
              ${icons.up} ${t('list.new', { count: above })}
            </button>`
          : nothing
      }
      <div
        class="viewport ${this.settings.density}"
        tabindex=${ids.length === 0 ? -1 : nothing}
        @scroll=${this.#scroll}
      >
        ${ids.length === 0 ? html`<slot name="empty"></slot>` : this.#grid(ids)}
      </div>
    `;
  }

  #grid(ids: Uint32Array): unknown {
    const { list } = this;
    const { start, end } = visibleRange(this.scrolled, this.height, this.rowHeight, ids.length);
    this.store.list.want(start, end);
    const at = Array.from(ids.subarray(start, end), (_, index) => start + index);
    const activeAt = list.active === undefined ? -1 : ids.indexOf(list.active);
    if (activeAt >= 0 && activeAt < start) at.unshift(activeAt);
    if (activeAt >= end) at.push(activeAt);
    return html`<div
      role="grid"
      aria-label=${t('list.grid')}
      aria-rowcount=${ids.length}
      aria-colcount="7"
      aria-multiselectable="true"
      aria-busy=${!list.complete}
      class=${list.selected.size > 0 ? 'selecting' : ''}
      @keydown=${this.#keydown}
      @contextmenu=${this.#contextMenu}
    >
      ${repeat(
        at,
        (index) => ids[index],
        (index) => this.#row(index),
      )}
    </div>`;
  }

  #row(index: number): unknown {
    const { list, settings } = this;
    const id = list.ids[index] ?? 0;
    const row = this.store.list.row(id);
    const active = id === list.active;
    const selected = list.selected.has(id);
    const classes = ['row'];
    if (row && !row.read) classes.push('unread');
    if (selected) classes.push('selected');
    if (list.leaving.has(id)) classes.push('leaving');
    if (id === this.opened) classes.push('opened');
    return html`
      <div
        role="row"
        class=${classes.join(' ')}
        aria-rowindex=${index + 1}
        aria-selected=${selected}
        aria-current=${id === this.opened ? 'true' : nothing}
        tabindex=${active ? 0 : -1}
        @click=${(event: MouseEvent) => this.#click(event, id)}
        @focus=${() => this.store.list.activate(id)}
        @pointerdown=${(event: PointerEvent) => this.#pointerDown(event, id)}
        @pointerup=${this.#pressEnds}
        @pointercancel=${this.#pressEnds}
      >
        ${
          row === undefined
            ? this.#rows.placeholder()
            : this.#rows.cells(row, {
                settings,
                now: Date.now(),
                active,
                selected,
                leaving: list.leaving.has(id),
                conversation: list.sizes[index] ?? 1,
                check: this.#checked,
                star: (starred) => void this.store.actions.star(starred, [id]),
              })
        }
      </div>
    `;
  }
}

customElements.define('pop3-message-list', MailListView);

declare global {
  interface HTMLElementTagNameMap {
    'pop3-message-list': MailListView;
  }
}
