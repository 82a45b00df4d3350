import { LitElement, css, html, type PropertyValues } from 'lit';

/** Which pane it sizes, and what that may be, in rem. */
const COLUMNS = {
  side: { property: '--side-width', standard: 15, least: 11, most: 28 },
  list: { property: '--list-width', standard: 27, least: 18, most: 60 },
} as const;

type Column = keyof typeof COLUMNS;

const STEP = 1;

/** Where widths are remembered, in this browser and not with the mail: they tell nothing of it. */
const KEY = 'pop3.width.';

/** A bar at the end of a pane that sizes it, by pointer and by arrow keys. */
export class Splitter extends LitElement {
  static override styles = css`
    :host {
      position: absolute;
      inset-block: 0;
      inset-inline-end: 0;
      z-index: 3;
      display: block;
      width: 1px;
      background: var(--line);
    }

    .bar {
      position: absolute;
      inset-block: 0;
      inset-inline: -5px;
      cursor: col-resize;
      touch-action: none;
    }

    .bar:hover,
    .bar:focus-visible {
      outline: none;
      background: color-mix(in srgb, var(--accent) 55%, transparent);
    }

    .bar:focus-visible {
      background: var(--accent);
    }
  `;
  static override properties = {
    name: {},
    label: { attribute: false },
    width: { state: true },
  };

  declare name: Column;
  declare label: string;
  /** Of the pane, in rem. */
  declare width: number;

  protected override willUpdate(): void {
    if (!this.hasUpdated) this.width = remembered(this.name);
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has('width')) return;
    // By the object model: the page's policy allows no style attributes.
    this.closest<HTMLElement>('.mail')?.style.setProperty(
      COLUMNS[this.name].property,
      `${this.width}rem`,
    );
  }

  #set(width: number): void {
    const { least, most } = COLUMNS[this.name];
    this.width = Math.round(Math.min(most, Math.max(least, width)) * 10) / 10;
    remember(this.name, this.width);
  }

  readonly #keydown = (event: KeyboardEvent): void => {
    const { least, most, standard } = COLUMNS[this.name];
    const forward = this.matches(':dir(rtl)') ? 'ArrowLeft' : 'ArrowRight';
    const back = this.matches(':dir(rtl)') ? 'ArrowRight' : 'ArrowLeft';
    const widths: Record<string, number> = {
      [forward]: this.width + STEP,
      [back]: this.width - STEP,
      Home: least,
      End: most,
      Enter: standard,
    };
    const width = widths[event.key];
    if (width === undefined) return;
    event.preventDefault();
    this.#set(width);
  };

  readonly #pointerDown = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    event.preventDefault();
    const bar = event.currentTarget as HTMLElement;
    bar.setPointerCapture(event.pointerId);
    const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    const sign = this.matches(':dir(rtl)') ? -1 : 1;
    const [startX, startWidth] = [event.clientX, this.width];
    const move = (moved: PointerEvent): void => {
      this.#set(startWidth + (sign * (moved.clientX - startX)) / rem);
    };
    bar.addEventListener('pointermove', move);
    const end = (): void => bar.removeEventListener('pointermove', move);
    bar.addEventListener('lostpointercapture', end, { once: true });
  };

  protected override render(): unknown {
    const { least, most, standard } = COLUMNS[this.name];
    return html`<div
      class="bar"
      role="separator"
      tabindex="0"
      aria-orientation="vertical"
      aria-label=${this.label}
      aria-valuemin=${least}
      aria-valuemax=${most}
      aria-valuenow=${this.width}
      @keydown=${this.#keydown}
      @pointerdown=${this.#pointerDown}
      @dblclick=${() => this.#set(standard)}
    ></div>`;
  }
}

function remembered(name: Column): number {
  const { least, most, standard } = COLUMNS[name];
  try {
    const width = Number.parseFloat(localStorage.getItem(KEY + name) ?? '');
    return width >= least && width <= most ? width : standard;
  } catch {
    return standard;
  }
}

function remember(name: Column, width: number): void {
  try {
    localStorage.setItem(KEY + name, String(width));
  } catch {
    // A browser that keeps nothing shows the standard width the next time.
  }
}

customElements.define('pop3-splitter', Splitter);
