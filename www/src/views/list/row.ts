import { html, nothing } from 'lit';
import { dateFormats, formatCount, formatSize } from '../../lib/format.ts';
import { currentLocale, t, type Key } from '../../lib/i18n.ts';
import { shownText } from '../../lib/shown-text.ts';
import type { Label, MessageId, MessageRow, Settings } from '../../store/mail-state.ts';
import { icons } from '../icons.ts';

export interface RowContext {
  settings: Settings;
  /** Milliseconds since 1970. */
  now: number;
  /** The row that is in the tab order, and its controls with it. */
  active: boolean;
  selected: boolean;
  leaving: boolean;
  /** Messages in the conversation that the row stands for. */
  conversation: number;
  check: (event: MouseEvent, id: MessageId) => void;
  star: (starred: boolean) => void;
}

/** What of a message's copies is worth a badge, the most urgent first. */
function badgeOf(row: MessageRow, leaving: boolean): { key: Key; kind: string } | undefined {
  if (leaving) return { key: 'list.leaving', kind: 'danger' };
  if (row.server === 'pending') return { key: 'list.willBeDeleted', kind: 'danger' };
  if (row.server === 'there') return { key: 'list.onServer', kind: 'server' };
  return { key: 'list.onlyHere', kind: 'here' };
}

/** The cells of a row. Text of mail gets in as text alone, without what would turn or hide it. */
export class MessageRowView {
  #locale = '';
  #dates = dateFormats();

  cells(row: MessageRow, context: RowContext): unknown {
    if (this.#locale !== currentLocale()) {
      this.#locale = currentLocale();
      this.#dates = dateFormats(this.#locale);
    }
    const { active, selected, conversation } = context;
    const sender = shownText(row.from?.name ?? '') || shownText(row.from?.address ?? '');
    const subject = shownText(row.subject ?? '') || t('list.noSubject');
    const tab = active ? 0 : -1;
    return html`
      <div role="gridcell" class="check">
        <input
          type="checkbox"
          tabindex=${tab}
          aria-label=${t('list.select', { subject })}
          .checked=${selected}
          @click=${(event: MouseEvent) => context.check(event, row.id)}
        />
      </div>
      <div role="gridcell" class="from">
        ${row.read ? nothing : html`<span class="visually-hidden">${t('list.unread')}: </span>`}
        <bdi>${sender || t('list.noSender')}</bdi>
        ${
          conversation > 1
            ? html`<span
                class="conversation"
                title=${t('list.conversationSize', { count: conversation })}
                ><span aria-hidden="true">${formatCount(conversation, this.#locale)}</span
                ><span class="visually-hidden"
                  >${t('list.conversationSize', { count: conversation })}</span
                ></span
              >`
            : nothing
        }
      </div>
      <div role="gridcell" class="date">
        <time datetime=${isoDate(row.date)} title=${this.#dates.long(row.date)}
          >${this.#dates.short(row.date, context.now)}</time
        >
      </div>
      <div role="gridcell" class="subject"><bdi>${subject}</bdi></div>
      <div role="gridcell" class="star">
        <button
          class="icon"
          tabindex=${tab}
          aria-label=${t('list.star')}
          aria-pressed=${row.starred}
          title=${t('list.star')}
          @click=${() => context.star(!row.starred)}
        >
          ${row.starred ? icons.starred : icons.star}
        </button>
      </div>
      <div role="gridcell" class="snippet"><bdi>${shownText(row.snippet)}</bdi></div>
      <div role="gridcell" class="facts">${this.#facts(row, context)}</div>
    `;
  }

  #facts(row: MessageRow, { settings, leaving }: RowContext): unknown {
    const badge = badgeOf(row, leaving);
    const labels = row.labels.flatMap(
      (id) => settings.labels.find((label) => label.id === id) ?? [],
    );
    return html`
      ${labels.slice(0, 3).map((label) => labelChip(label))}
      ${row.broken ? html`<span class="badge warning">${t('list.broken')}</span>` : nothing}
      ${
        row.local === 'header'
          ? html`<span class="badge" title=${t('list.headerOnly')}>${t('list.headerOnly')}</span>`
          : nothing
      }
      ${
        row.attachments
          ? html`<span class="clip" role="img" aria-label=${t('list.hasAttachments')}
              >${icons.clip}</span
            >`
          : nothing
      }
      ${
        badge?.kind === 'danger'
          ? html`<span class="badge danger">${t(badge.key)}</span>`
          : badge &&
            html`<span
              class="copy ${badge.kind}"
              role="img"
              aria-label=${t(badge.key)}
              title=${t(badge.key)}
              >${badge.kind === 'server' ? icons.server : icons.device}</span
            >`
      }
      <span class="size">${formatSize(row.size, this.#locale)}</span>
    `;
  }

  /** The shape of a row that is on its way. */
  placeholder(): unknown {
    return html`
      <div role="gridcell" class="check"></div>
      <div role="gridcell" class="from">
        <span class="visually-hidden">${t('list.loading')}</span>
        <span class="bone bone-from" aria-hidden="true"></span>
      </div>
      <div role="gridcell" class="date">
        <span class="bone bone-date" aria-hidden="true"></span>
      </div>
      <div role="gridcell" class="subject">
        <span class="bone bone-subject" aria-hidden="true"></span>
      </div>
    `;
  }
}

/** The label's name on its colour, which is never the only sign of it. */
export function labelChip(label: Label): unknown {
  return html`<span class="label" data-colour=${label.colour}><bdi>${label.title}</bdi></span>`;
}

function isoDate(date: number): string {
  // Beyond this, `toISOString` throws; a message may claim any date.
  return Math.abs(date) <= 8.64e15 ? new Date(date).toISOString() : '';
}
