import { LitElement, html, nothing, type PropertyValues } from 'lit';
import { formatCount } from '../../lib/format.ts';
import { currentLocale, t, type Key } from '../../lib/i18n.ts';
import { shownText } from '../../lib/shown-text.ts';
import type { ListState } from '../../store/list.ts';
import type { ListQuery, MailState } from '../../store/mail-state.ts';
import type { MailStore } from '../../store/mail-store.ts';
import { icons } from '../icons.ts';
import { labelStyles } from '../label.styles.ts';
import { Menu } from '../menu.ts';
import { shared } from '../styles.ts';
import { barStyles } from './list-bar.styles.ts';

const SORTS = ['date', 'from', 'subject', 'size'] as const;

const SORT_WORDS: Record<ListQuery['sort'], Key> = {
  date: 'bar.byDate',
  from: 'bar.bySender',
  subject: 'bar.bySubject',
  size: 'bar.bySize',
};

const FILTERS = [
  ['unread', 'bar.onlyUnread'],
  ['starred', 'bar.onlyStarred'],
  ['attachments', 'bar.onlyAttachments'],
] as const;

/**
 * Above the list: where one is, and what narrows and orders it; or, once something is selected,
 * how much that is and what can be done with it.
 */
export class ListBar extends LitElement {
  static override styles = [shared, labelStyles, barStyles];
  static override properties = {
    store: { attribute: false },
    state: { attribute: false },
    list: { attribute: false },
  };

  declare store: MailStore;
  declare state: MailState;
  declare list: ListState;

  /** A button was pressed that may take the selection away, and itself with it. */
  #acted = false;

  protected override updated(changed: PropertyValues<this>): void {
    const before = changed.get('list') as ListState | undefined;
    if (this.#acted && before && before.selected.size > 0 && this.list.selected.size === 0) {
      // The focus has to be put somewhere: back in the list.
      this.#acted = false;
      this.dispatchEvent(new CustomEvent('done'));
    }
    const box = this.renderRoot.querySelector<HTMLInputElement>('.all');
    const { selected, ids } = this.list;
    if (box === null) return;
    box.checked = selected.size > 0 && selected.size === ids.length;
    box.indeterminate = selected.size > 0 && selected.size < ids.length;
  }

  protected override render(): unknown {
    const { selected, ids } = this.list;
    const selecting = selected.size > 0;
    return html`
      <div class="head ${selecting ? 'selecting' : ''}">
        <input
          type="checkbox"
          class="all"
          aria-label=${t('bar.selectAll', { count: ids.length })}
          ?disabled=${ids.length === 0}
          @change=${this.#all}
        />
        ${selecting ? this.#selection() : this.#place()}
      </div>
      ${selecting ? nothing : this.#filters()}
    `;
  }

  readonly #all = (): void => {
    const { list } = this.store;
    if (this.list.selected.size > 0) list.selectNone();
    else list.selectAll();
  };

  // Where one is

  #title(): string {
    const { account, folder, label, pending } = this.list.query;
    const { accounts, settings } = this.state;
    if (pending) return t('list.pending');
    if (label !== undefined) return settings.labels.find(({ id }) => id === label)?.title ?? '';
    const where = t(folder === undefined ? 'bar.everywhere' : `list.${folder}`);
    if (accounts.length < 2) return where;
    if (account === undefined) return folder === 'inbox' ? t('list.allInboxes') : where;
    const title = accounts.find(({ id }) => id === account)?.title ?? '';
    return t('bar.placeOfAccount', { place: where, account: shownText(title) });
  }

  #place(): unknown {
    const { messages, unread, complete } = this.list;
    return html`
      <h1><bdi>${this.#title()}</bdi></h1>
      <span class="count" aria-busy=${!complete}
        >${t('list.count', { count: messages })}${
          unread > 0 ? html` · ${t('list.unreadCount', { count: unread })}` : nothing
        }</span
      >
      <pop3-menu class="view" .label=${t('bar.view')} .icon=${'sort'}>
        ${this.#orderings()}
      </pop3-menu>
    `;
  }

  #filters(): unknown {
    const { query } = this.list;
    return html`<div class="filters" role="group" aria-label=${t('bar.filters')}>
      ${FILTERS.map(
        ([member, key]) =>
          html`<button
            class="chip"
            aria-pressed=${query[member] === true}
            @click=${() => this.store.view({ [member]: query[member] ? undefined : true })}
          >
            ${t(key)}
          </button>`,
      )}
      ${
        query.folder === 'trash' && this.list.messages > 0
          ? html`<button class="chip empty" @click=${() => this.store.actions.emptyTrash()}>
              ${icons.trash} ${t('bar.emptyTrash')}
            </button>`
          : nothing
      }
    </div>`;
  }

  #orderings(): unknown {
    const { query } = this.list;
    const { settings } = this.state;
    return html`
      <fieldset>
        <legend>${t('bar.sort')}</legend>
        ${SORTS.map(
          (sort) =>
            html`<label>
              <input
                type="radio"
                name="sort"
                .checked=${query.sort === sort}
                @change=${() => this.store.view({ sort, descending: sort === 'date' || sort === 'size' })}
              />
              ${t(SORT_WORDS[sort])}
            </label>`,
        )}
        <label>
          <input
            type="checkbox"
            .checked=${query.descending}
            @change=${() => this.store.view({ descending: !query.descending })}
          />
          ${t('bar.descending')}
        </label>
      </fieldset>
      <fieldset>
        <legend>${t('bar.looks')}</legend>
        <label>
          <input
            type="checkbox"
            .checked=${settings.conversations}
            @change=${() => this.store.saveSettings({ conversations: !settings.conversations })}
          />
          ${t('bar.conversations')}
        </label>
        <label>
          <input
            type="checkbox"
            .checked=${settings.density === 'compact'}
            @change=${() =>
              this.store.saveSettings({
                density: settings.density === 'compact' ? 'comfortable' : 'compact',
              })}
          />
          ${t('bar.compact')}
        </label>
      </fieldset>
    `;
  }

  // What is selected

  #selection(): unknown {
    const { selected, ids, query } = this.list;
    const { actions } = this.store;
    const inTrash = query.folder === 'trash';
    return html`
      <h1 class="visually-hidden">${this.#title()}</h1>
      <span class="selected" role="status">${t('bar.selected', { count: selected.size })}</span>
      ${
        selected.size < ids.length
          ? html`<button class="select-all" @click=${() => this.store.list.selectAll()}>
              ${t('bar.selectAllShort', { all: formatCount(ids.length, currentLocale()) })}
            </button>`
          : nothing
      }
      <span class="actions" role="toolbar" aria-label=${t('bar.actions')}>
        ${
          query.folder === 'inbox' || query.folder === undefined
            ? this.#button('archive', 'bar.archive', () => actions.archive())
            : this.#button('inbox', 'bar.toInbox', () => actions.toInbox())
        }
        ${this.#button('trash', inTrash ? 'bar.expunge' : 'bar.delete', () => actions.delete())}
        ${this.#button('mailOpen', 'bar.markRead', () => actions.markRead(true))}
        ${this.#button('mail', 'bar.markUnread', () => actions.markRead(false))}
        ${this.#button('star', 'bar.star', () => actions.toggleStar())}
        <pop3-menu .label=${t('bar.label')} .icon=${'label'}>${this.#labels()}</pop3-menu>
        <pop3-menu .label=${t('bar.onServer')} .icon=${'server'}>
          ${this.#item('bar.deleteOnServer', () => actions.deleteOnServer(true))}
          ${this.#item('bar.keepOnServer', () => actions.deleteOnServer(false))}
        </pop3-menu>
        ${this.#button('close', 'bar.selectNone', () => this.store.list.selectNone())}
      </span>
    `;
  }

  /** Of a menu, which folds when it is chosen. */
  #item(key: Key, act: () => unknown): unknown {
    const choose = (event: Event): void => {
      (event.currentTarget as Element).closest<Menu>('pop3-menu')?.fold();
      this.#act(act);
    };
    return html`<button class="item" @click=${choose}>${t(key)}</button>`;
  }

  #button(icon: keyof typeof icons, key: Key, act: () => unknown): unknown {
    const label = t(key);
    return html`<button
      class="icon"
      data-action=${icon}
      aria-label=${label}
      title=${label}
      @click=${() => this.#act(act)}
    >
      ${icons[icon]}
    </button>`;
  }

  #act(act: () => unknown): void {
    this.#acted = true;
    void act();
  }

  /** A label counts as set where all that are selected and in sight have it. */
  #labels(): unknown {
    const { labels } = this.state.settings;
    const rows = [...this.list.selected].flatMap((id) => this.store.list.row(id) ?? []);
    return html`
      ${labels.map((label) => {
        const having = rows.filter((row) => row.labels.includes(label.id)).length;
        const set = rows.length > 0 && having === rows.length;
        return html`<label>
          <input
            type="checkbox"
            .checked=${set}
            .indeterminate=${having > 0 && !set}
            @change=${() => this.store.actions.label(label, !set)}
          />
          <span class="label" data-colour=${label.colour}><bdi>${label.title}</bdi></span>
        </label>`;
      })}
      <form class="new-label" @submit=${this.#newLabel}>
        <input
          name="title"
          required
          maxlength="60"
          autocomplete="off"
          aria-label=${t('sidebar.newLabel')}
          placeholder=${t('sidebar.newLabel')}
        />
        <button class="icon" aria-label=${t('bar.addLabel')} title=${t('bar.addLabel')}>
          ${icons.add}
        </button>
      </form>
    `;
  }

  readonly #newLabel = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const title = String(new FormData(form).get('title') ?? '').trim();
    const label = await this.store.actions.createLabel(title);
    if (label === undefined) return;
    form.reset();
    await this.store.actions.label(label, true);
  };
}

customElements.define('pop3-list-bar', ListBar);
