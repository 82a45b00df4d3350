import { LitElement, html, nothing, type PropertyValues } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { dateFormats, formatSize } from '../lib/format.ts';
import { words } from '../messages.ts';
import { neighbour } from '../store/mailbox.ts';
import type { MessageKey, Row } from '../store/state.ts';
import type { Store } from '../store/store.ts';
import { icons } from './icons.ts';
import { listStyles } from './message-list.styles.ts';
import { shared } from './styles.ts';
import { visibleRange } from './virtual-rows.ts';

const dates = dateFormats();

/**
 * The list of messages: an ARIA grid with one row in the tab order. Only the rows in sight are in
 * the document, and the focused one, so that focus is never lost by scrolling.
 */
export class MessageList extends LitElement {
  static override styles = [shared, listStyles];
  static override properties = {
    store: { attribute: false },
    rows: { attribute: false },
    active: { attribute: false },
    opened: { attribute: false },
    filling: { attribute: false },
    scrolled: { state: true },
    height: { state: true },
    rowHeight: { state: true },
  };

  declare store: Store;
  declare rows: readonly Row[];
  declare active: MessageKey | undefined;
  declare opened: MessageKey | undefined;
  declare filling: boolean;
  /** Pixels above the first one in sight. */
  declare scrolled: number;
  declare height: number;
  declare rowHeight: number;

  #hadFocus = false;
  readonly #resized = new ResizeObserver(() => this.#measure());

  constructor() {
    super();
    this.rows = [];
    this.filling = false;
    this.scrolled = 0;
    this.height = 800;
    this.rowHeight = 68;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resized.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized.disconnect();
  }

  /** Puts the keyboard focus on the active row. */
  async focusActive(): Promise<void> {
    await this.updateComplete;
    this.#reveal();
    await this.updateComplete;
    this.#activeRow()?.focus({ preventScroll: true });
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
    this.#hadFocus = this.renderRoot instanceof ShadowRoot && this.#holdsFocus();
    const before = changed.get('rows');
    if (before !== undefined) this.#keepPlace(before);
  }

  #holdsFocus(): boolean {
    return this.shadowRoot?.activeElement?.closest('[role="row"]') != null;
  }

  /** What is in sight stays there when rows come or go above it. */
  #keepPlace(before: readonly Row[]): void {
    const viewport = this.#viewport;
    if (viewport === null || this.scrolled < this.rowHeight) return;
    const first = before[Math.floor(this.scrolled / this.rowHeight)];
    if (first === undefined) return;
    const was = before.indexOf(first);
    const is = this.rows.findIndex((row) => row.key === first.key);
    if (is >= 0 && is !== was) this.#moved = (is - was) * this.rowHeight;
  }

  #moved = 0;

  protected override updated(changed: PropertyValues<this>): void {
    const grid = this.renderRoot.querySelector<HTMLElement>('[role="grid"]');
    if (grid === null) return;
    // By the object model: the page's policy allows no style attributes.
    grid.style.height = `${this.rows.length * this.rowHeight}px`;
    for (const row of grid.querySelectorAll<HTMLElement>('[role="row"]')) {
      const index = Number(row.ariaRowIndex) - 1;
      row.style.transform = `translateY(${index * this.rowHeight}px)`;
    }
    if (this.#moved !== 0) {
      this.#viewport?.scrollBy(0, this.#moved);
      this.#moved = 0;
    }
    if (changed.has('active') && this.active !== undefined && changed.get('active') !== undefined) {
      this.#reveal();
    }
    // Moved in the document, an element loses the focus: it goes back to where it was.
    if (this.#hadFocus) this.#activeRow()?.focus({ preventScroll: true });
    if (changed.has('rows')) this.#measure();
  }

  /** Scrolls as little as brings the active row into sight. */
  #reveal(): void {
    const viewport = this.#viewport;
    const index = this.rows.findIndex(({ key }) => key === this.active);
    if (viewport === null || index < 0) return;
    const top = index * this.rowHeight;
    const bottom = top + this.rowHeight;
    if (top < viewport.scrollTop) viewport.scrollTop = top;
    else if (bottom > viewport.scrollTop + viewport.clientHeight) {
      viewport.scrollTop = bottom - viewport.clientHeight;
    }
  }

  #keydown(event: KeyboardEvent): void {
    if (
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      event.target instanceof HTMLButtonElement
    ) {
      return;
    }
    const page = Math.max(1, Math.floor(this.height / this.rowHeight) - 1);
    const steps: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -this.rows.length,
      End: this.rows.length,
    };
    const step = steps[event.key];
    if (step !== undefined) {
      const key = neighbour(this.rows, this.active, step);
      if (key !== undefined) this.store.activate(key);
    } else if (event.key === 'Enter' && this.active !== undefined) {
      this.#open(this.active, true);
    } else {
      return;
    }
    event.preventDefault();
  }

  #open(key: MessageKey, focusReader: boolean): void {
    void this.store.open(key);
    this.dispatchEvent(new CustomEvent('opened', { detail: { focusReader } }));
  }

  #click(event: MouseEvent, row: Row): void {
    if (event.target instanceof Element && event.target.closest('button')) return;
    this.#open(row.key, false);
  }

  protected override render(): unknown {
    const { rows } = this;
    if (rows.length === 0) {
      return html`<div class="empty">
        <span class="empty-icon">${icons.mail}</span>
        <h2>${words.inbox.empty}</h2>
        <p>${words.inbox.emptyDetail}</p>
      </div>`;
    }
    const range = visibleRange(this.scrolled, this.height, this.rowHeight, rows.length);
    const shown = rows
      .slice(range.start, range.end)
      .map((row, at) => ({ row, at: range.start + at }));
    const activeAt = rows.findIndex(({ key }) => key === this.active);
    const active = rows[activeAt];
    if (active && activeAt < range.start) shown.unshift({ row: active, at: activeAt });
    if (active && activeAt >= range.end) shown.push({ row: active, at: activeAt });
    const now = Date.now();
    return html`
      <div class="viewport" @scroll=${this.#scroll}>
        <div
          role="grid"
          aria-label=${words.inbox.grid}
          aria-rowcount=${rows.length}
          aria-colcount="4"
          aria-busy=${this.filling}
          @keydown=${this.#keydown}
        >
          ${repeat(
            shown,
            ({ row }) => row.key,
            ({ row, at }) => this.#row(row, at, now),
          )}
        </div>
      </div>
    `;
  }

  #scroll(event: Event): void {
    this.scrolled = (event.currentTarget as HTMLElement).scrollTop;
  }

  #row(row: Row, at: number, now: number): unknown {
    const classes = ['row'];
    if (!row.seen) classes.push('unread');
    if (row.marked) classes.push('marked');
    if (row.key === this.opened) classes.push('opened');
    return html`
      <div
        role="row"
        class=${classes.join(' ')}
        aria-rowindex=${at + 1}
        aria-selected=${row.key === this.opened}
        tabindex=${row.key === this.active ? 0 : -1}
        @click=${(event: MouseEvent) => this.#click(event, row)}
        @focus=${() => this.store.activate(row.key)}
      >
        ${row.summary || row.refused || !this.filling ? this.#cells(row, now) : skeleton(row)}
      </div>
    `;
  }

  #cells(row: Row, now: number): unknown {
    const { summary } = row;
    const sender = summary?.from?.name || summary?.from?.address;
    const subject = summary ? summary.subject || words.inbox.noSubject : words.inbox.noHeaders;
    const known = summary ? sender || words.inbox.noSender : words.inbox.number(row.number);
    return html`
      <div role="gridcell" class="from">
        ${row.seen ? nothing : html`<span class="visually-hidden">${words.inbox.unreadMark}: </span>`}
        <bdi>${known}</bdi>
      </div>
      <div role="gridcell" class="date">
        ${
          summary?.date === undefined
            ? nothing
            : html`<time datetime=${isoDate(summary.date)} title=${dates.long(summary.date)}
                >${dates.short(summary.date, now)}</time
              >`
        }
      </div>
      <div role="gridcell" class="subject"><bdi>${subject}</bdi></div>
      <div role="gridcell" class="facts">
        ${row.marked ? html`<span class="badge">${words.inbox.marked}</span>` : nothing}
        ${
          summary?.attachments
            ? html`<span class="clip" role="img" aria-label=${words.inbox.attachments}
                >${icons.clip}</span
              >`
            : nothing
        }
        <span class="size">${formatSize(row.size)}</span>
        ${this.#action(row)}
      </div>
    `;
  }

  #action(row: Row): unknown {
    const label = row.marked ? words.inbox.unmark : words.inbox.mark;
    const act = (): void => {
      if (row.marked) this.store.unmark([row.key]);
      else this.store.mark(row.key);
    };
    return html`<button
      class="icon act"
      tabindex=${row.marked && row.key === this.active ? 0 : -1}
      aria-label=${label}
      title=${label}
      @click=${act}
    >
      ${row.marked ? icons.restore : icons.trash}
    </button>`;
  }
}

/** The shape of a row whose header is on its way. */
function skeleton(row: Row): unknown {
  return html`
    <div role="gridcell" class="from">
      <span class="visually-hidden">${words.inbox.number(row.number)}. ${words.inbox.waiting}</span>
      <span class="bone bone-from" aria-hidden="true"></span>
    </div>
    <div role="gridcell" class="date"><span class="bone bone-date" aria-hidden="true"></span></div>
    <div role="gridcell" class="subject">
      <span class="bone bone-subject" aria-hidden="true"></span>
    </div>
    <div role="gridcell" class="facts"><span class="size">${formatSize(row.size)}</span></div>
  `;
}

function isoDate(date: number): string {
  // Beyond this, `toISOString` throws; a message may claim any date.
  return Math.abs(date) <= 8.64e15 ? new Date(date).toISOString() : '';
}

customElements.define('pop3-message-list', MessageList);
