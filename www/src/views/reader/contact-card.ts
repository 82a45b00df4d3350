import { LitElement, html, nothing } from 'lit';
import type { Contact, Contacts } from '../../lib/contacts.ts';
import '../../lib/english-later.ts';
import { t } from '../../lib/i18n.ts';
import { shownText } from '../../lib/shown-text.ts';
import { shared } from '../styles.ts';
import { cardStyles } from './card.styles.ts';
import { readerIcons } from './reader-icons.ts';

/** Contacts that somebody sent. Nothing in them is a link: they are data, copied by who trusts them. */
export class ContactCard extends LitElement {
  static override styles = [shared, cardStyles];
  static override properties = { contacts: { attribute: false } };

  declare contacts: Contacts;

  protected override render(): unknown {
    const { contacts, more } = this.contacts;
    return html`
      ${contacts.map(card)}
      ${more > 0 ? html`<p class="quiet">${t('reader.contact.more', { count: more })}</p>` : nothing}
    `;
  }
}

function card(contact: Contact): unknown {
  const { name, organisation, title, emails, phones, places, sites, birthday, note } = contact;
  return html`<section class="card contact">
    <p class="kind">${readerIcons.person} ${t('reader.contact.kind')}</p>
    <h2 dir="auto">${shownText(name) || t('reader.contact.unnamed')}</h2>
    <dl>
      ${rows(t('reader.contact.organisation'), [organisation, title])}
      ${rows(t('reader.contact.email'), emails)} ${rows(t('reader.contact.phone'), phones)}
      ${rows(t('reader.contact.place'), places)} ${rows(t('reader.contact.site'), sites)}
      ${rows(t('reader.contact.birthday'), [birthday])} ${rows(t('reader.contact.note'), [note])}
    </dl>
  </section>`;
}

function rows(label: string, values: readonly (string | undefined)[]): unknown {
  const said = values.filter((value) => value !== undefined && value !== '');
  if (said.length === 0) return nothing;
  return html`<dt>${label}</dt>
    <dd>${said.map((value) => html`<div class="long">${shownText(value ?? '')}</div>`)}</dd>`;
}

customElements.define('pop3-contact-card', ContactCard);
