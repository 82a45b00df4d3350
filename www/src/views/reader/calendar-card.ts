import { LitElement, html, nothing } from 'lit';
import type { Attendee, Calendar, CalendarEvent, Repetition, When } from '../../lib/calendar.ts';
import '../../lib/english-later.ts';
import { currentLocale, t } from '../../lib/i18n.ts';
import { shownText } from '../../lib/shown-text.ts';
import { shared } from '../styles.ts';
import { cardStyles } from './card.styles.ts';
import { readerIcons } from './reader-icons.ts';

const METHODS = ['request', 'cancel', 'reply', 'publish', 'counter', 'refresh', 'add'] as const;
const STATUSES = ['accepted', 'declined', 'tentative', 'delegated'] as const;

/** An invitation, or what else a calendar says, to be read. It is answered in a calendar's program. */
export class CalendarCard extends LitElement {
  static override styles = [shared, cardStyles];
  static override properties = { calendar: { attribute: false } };

  declare calendar: Calendar;

  protected override render(): unknown {
    const { method, events, moreEvents } = this.calendar;
    return html`
      ${events.map((event) => card(event, method))}
      ${
        events.length === 0
          ? html`<p class="card quiet">${t('reader.calendar.empty')}</p>`
          : nothing
      }
      ${
        moreEvents > 0
          ? html`<p class="quiet">${t('reader.calendar.more', { count: moreEvents })}</p>`
          : nothing
      }
    `;
  }
}

function card(event: CalendarEvent, method: string | undefined): unknown {
  const { summary, description, location, start, end, organiser, attendees, repeats } = event;
  const cancelled = event.cancelled || method === 'cancel';
  const known = METHODS.find((one) => one === method);
  const kind = cancelled ? 'cancel' : (known ?? 'publish');
  return html`<section class="card event">
    <p class=${cancelled ? 'kind bad' : 'kind'}>
      ${readerIcons.calendar} ${t(`reader.calendar.${kind}`)}
    </p>
    <h2 dir="auto">${shownText(summary ?? '') || t('reader.calendar.untitled')}</h2>
    <dl>
      ${start ? row(t('reader.calendar.when'), whenText(start, end)) : nothing}
      ${repeats ? row(t('reader.calendar.repeats'), repetition(repeats)) : nothing}
      ${location ? row(t('reader.calendar.where'), html`<bdi>${shownText(location)}</bdi>`) : nothing}
      ${organiser ? row(t('reader.calendar.organiser'), person(organiser)) : nothing}
      ${
        attendees.length > 0
          ? row(
              t('reader.calendar.attendees'),
              html`<ul>
                ${attendees.map((one) => html`<li>${person(one)}</li>`)}
                ${
                  event.moreAttendees > 0
                    ? html`<li class="quiet">
                        ${t('reader.envelope.more', { count: event.moreAttendees })}
                      </li>`
                    : nothing
                }
              </ul>`,
            )
          : nothing
      }
      ${
        description
          ? row(t('reader.calendar.about'), html`<div class="long">${description}</div>`)
          : nothing
      }
    </dl>
  </section>`;
}

function row(label: string, value: unknown): unknown {
  return html`<dt>${label}</dt>
    <dd>${value}</dd>`;
}

/** When it is here, and when by the clock that it was written for, where that is another. */
function whenText(start: When, end: When | undefined): unknown {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (start.allDay) return span(start.wall, end?.allDay ? end.wall : undefined, 'UTC', true);
  const written = span(start.wall, end && !end.allDay ? end.wall : undefined, 'UTC', false);
  if (start.instant === undefined) {
    const zone = start.zone === undefined ? t('reader.calendar.floating') : shownText(start.zone);
    return html`${written} <span class="quiet">(${zone})</span>`;
  }
  const local = span(start.instant, end?.instant, here, false);
  if (local === written) return html`${local} <span class="quiet">(${here})</span>`;
  return html`${local} <span class="quiet">(${here})</span>
    <p class="quiet">${written} (<bdi>${shownText(start.zone ?? '')}</bdi>)</p>`;
}

function span(from: number, to: number | undefined, timeZone: string, allDay: boolean): string {
  const format = new Intl.DateTimeFormat(currentLocale(), {
    dateStyle: 'full',
    ...(allDay ? {} : { timeStyle: 'short' }),
    timeZone,
  });
  try {
    return to !== undefined && to > from ? format.formatRange(from, to) : format.format(from);
  } catch {
    // Beyond the dates that there are.
    return t('reader.calendar.unknown');
  }
}

function repetition({ frequency, interval, count, until }: Repetition): string {
  const how = t(`reader.calendar.${frequency}`, { interval });
  if (count !== undefined) return t('reader.calendar.times', { how, count });
  if (until === undefined) return how;
  return t('reader.calendar.until', { how, date: span(until.wall, undefined, 'UTC', true) });
}

function person({ name, address, status, optional }: Attendee): unknown {
  const known = STATUSES.find((one) => one === status);
  const notes = [
    ...(known ? [t(`reader.calendar.${known}`)] : []),
    ...(optional ? [t('reader.calendar.optional')] : []),
  ];
  const shown = name ? `${shownText(name)} <${shownText(address)}>` : shownText(address);
  return html`<bdi>${shown}</bdi>
    ${notes.length > 0 ? html`<span class="quiet">(${notes.join(', ')})</span>` : nothing}`;
}

customElements.define('pop3-calendar-card', CalendarCard);
