import { LitElement, css, html, nothing } from 'lit';
import { t } from '../../lib/i18n.ts';
import { LABEL_COLOURS } from '../../store/actions.ts';
import type { Label, LabelId, ListQuery, MailState } from '../../store/mail-state.ts';
import type { MailStore } from '../../store/mail-store.ts';
import { icons } from '../icons.ts';
import { labelStyles } from '../label.styles.ts';
import { shared } from '../styles.ts';
import { sidebarStyles } from './sidebar.styles.ts';

const COLOURS = Array.from({ length: LABEL_COLOURS }, (_, colour) => colour);

/** The labels: each a place to go, and each can be named, coloured and deleted. */
export class LabelList extends LitElement {
  static override styles = [
    shared,
    labelStyles,
    sidebarStyles,
    css`
      :host {
        padding: 0;
      }

      li {
        display: flex;
      }

      .edit {
        flex: none;
      }

      @media (hover: hover) {
        li:not(:hover, :focus-within) .edit {
          opacity: 0;
        }
      }

      .dot {
        width: 0.8rem;
        height: 0.8rem;
        margin-inline: 0.15rem;
        border: 2px solid var(--label-text);
        border-radius: 50%;
        background: var(--label-ground);
      }

      form {
        display: grid;
        gap: 0.5rem;
        margin: 0.25rem 0;
        padding: 0.6rem;
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: var(--raised);
      }

      form label {
        font-size: 0.8125rem;
        font-weight: 600;
      }

      input[name='title'] {
        display: block;
        width: 100%;
        min-height: 2.25rem;
        margin-top: 0.25rem;
        padding: 0.3rem 0.5rem;
        border: 1px solid var(--line-strong);
        border-radius: 8px;
        background: var(--surface);
        color: var(--text);
        font: inherit;
      }

      fieldset {
        display: flex;
        flex-wrap: wrap;
        gap: 0.25rem;
        margin: 0;
        padding: 0;
        border: 0;
      }

      fieldset input {
        appearance: none;
        width: 1.6rem;
        height: 1.6rem;
        margin: 0;
        border: 2px solid var(--label-text);
        border-radius: 50%;
        background: var(--label-ground);
      }

      fieldset input:checked {
        background: radial-gradient(var(--label-text) 40%, var(--label-ground) 45%);
      }

      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: 0.25rem;
      }

      .delete {
        color: var(--danger);
      }
    `,
  ];
  static override properties = {
    store: { attribute: false },
    state: { attribute: false },
    query: { attribute: false },
    editing: { state: true },
  };

  declare store: MailStore;
  declare state: MailState;
  declare query: ListQuery;
  /** The label that is being changed, or made. */
  declare editing: LabelId | 'new' | undefined;

  async #edit(label: LabelId | 'new'): Promise<void> {
    this.editing = label;
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLInputElement>('[name="title"]')?.select();
  }

  async #stop(): Promise<void> {
    const focus = this.editing === 'new' ? '.add' : `[data-edit="${this.editing}"]`;
    this.editing = undefined;
    await this.updateComplete;
    const target = this.renderRoot.querySelector<HTMLElement>(focus);
    (target ?? this.renderRoot.querySelector<HTMLElement>('.add'))?.focus();
  }

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const title = String(data.get('title') ?? '').trim();
    const colour = Number(data.get('colour'));
    const { editing } = this;
    if (title === '' || editing === undefined) return;
    const id = editing === 'new' ? (await this.store.actions.createLabel(title))?.id : editing;
    if (id !== undefined) await this.store.actions.changeLabel(id, { title, colour });
    await this.#stop();
  };

  async #remove(id: LabelId): Promise<void> {
    await this.store.actions.removeLabel(id);
    await this.#stop();
  }

  #go(label: LabelId): void {
    this.store.go({ label });
    this.dispatchEvent(new CustomEvent('gone'));
  }

  protected override render(): unknown {
    const { labels } = this.state.settings;
    return html`
      <section>
        <div class="head">
          <h2>${t('sidebar.labels')}</h2>
          <button
            class="icon add"
            aria-label=${t('sidebar.newLabel')}
            title=${t('sidebar.newLabel')}
            @click=${() => this.#edit('new')}
          >
            ${icons.add}
          </button>
        </div>
        ${this.editing === 'new' ? this.#form() : nothing}
        <ul>
          ${labels.map((label) => this.#label(label))}
        </ul>
      </section>
    `;
  }

  #label(label: Label): unknown {
    if (this.editing === label.id) return html`<li>${this.#form(label)}</li>`;
    const unread = this.state.counts.labels[label.id]?.unread ?? 0;
    return html`<li>
      <button
        class="place"
        aria-current=${this.query.label === label.id ? 'page' : nothing}
        @click=${() => this.#go(label.id)}
      >
        <span class="dot" data-colour=${label.colour} aria-hidden="true"></span>
        <span class="title"><bdi>${label.title}</bdi></span>
        ${
          unread > 0
            ? html`<span class="count"
                ><span aria-hidden="true">${t('sidebar.number', { count: unread })}</span
                ><span class="visually-hidden"
                  >${t('list.unreadCount', { count: unread })}</span
                ></span
              >`
            : nothing
        }
      </button>
      <button
        class="icon edit"
        data-edit=${label.id}
        aria-label=${t('sidebar.editLabel', { label: label.title })}
        title=${t('sidebar.editLabel', { label: label.title })}
        @click=${() => this.#edit(label.id)}
      >
        ${icons.edit}
      </button>
    </li>`;
  }

  #form(label?: Label): unknown {
    const chosen = label?.colour ?? this.state.settings.labels.length % LABEL_COLOURS;
    return html`<form
      @submit=${this.#submit}
      @keydown=${(event: KeyboardEvent) => {
        if (event.key === 'Escape') {
          event.preventDefault();
          event.stopPropagation();
          void this.#stop();
        }
      }}
    >
      <label
        >${t('sidebar.labelTitle')}
        <input
          name="title"
          required
          maxlength="60"
          autocomplete="off"
          .value=${label?.title ?? ''}
        />
      </label>
      <fieldset>
        <legend class="visually-hidden">${t('sidebar.labelColour')}</legend>
        ${COLOURS.map(
          (colour) =>
            html`<input
              type="radio"
              name="colour"
              value=${colour}
              data-colour=${colour}
              aria-label=${t('sidebar.colour', { number: colour + 1 })}
              .checked=${colour === chosen}
            />`,
        )}
      </fieldset>
      <div class="actions">
        <button class="primary">${t('common.save')}</button>
        <button type="button" @click=${() => this.#stop()}>${t('common.cancel')}</button>
        ${
          label
            ? html`<button type="button" class="delete" @click=${() => this.#remove(label.id)}>
                ${t('sidebar.deleteLabel')}
              </button>`
            : nothing
        }
      </div>
    </form>`;
  }
}

customElements.define('pop3-label-list', LabelList);
