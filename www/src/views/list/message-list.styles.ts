import { css } from 'lit';

export const listStyles = css`
  :host {
    position: relative;
    display: block;
    min-height: 0;
  }

  .viewport {
    height: 100%;
    overflow: hidden auto;
    overscroll-behavior: contain;
    contain: strict;
  }

  .viewport:focus-visible {
    outline-offset: -2px;
  }

  [role='grid'] {
    position: relative;
  }

  .row {
    position: absolute;
    inset: 0 0 auto;
    display: grid;
    grid-template:
      'check from from date' 1fr
      'check subject subject star' 1fr
      'check snippet facts facts' 1fr
      / 2.25rem minmax(0, 1fr) auto auto;
    align-items: center;
    gap: 0 0.5rem;
    height: 5.5rem;
    padding-block: 0.4rem;
    padding-inline: 0.35rem 0.75rem;
    border-bottom: 1px solid var(--line);
    background: var(--surface);
    cursor: default;
    contain: layout style;
  }

  .compact .row {
    grid-template:
      'check from date date' 1fr
      'check subject facts star' 1fr
      / 2.25rem minmax(0, 1fr) auto auto;
    height: 3.5rem;
    padding-block: 0.3rem;
  }

  .row:hover {
    background: var(--hover);
  }

  .row.selected {
    background: var(--selected);
  }

  .row.opened {
    box-shadow: inset 3px 0 0 var(--accent);
    background: var(--selected);
  }

  .row.opened:dir(rtl) {
    box-shadow: inset -3px 0 0 var(--accent);
  }

  .row:focus-visible {
    outline-offset: -2px;
    z-index: 1;
  }

  .check {
    grid-area: check;
    place-self: start center;
    position: relative;
    display: grid;
    place-items: center;
  }

  .check input {
    width: 1.1rem;
    height: 1.1rem;
    margin: 0.35rem;
    accent-color: var(--accent);
  }

  /* Unread: a dot below the box, besides the bold sender. */
  .row.unread .check::after {
    content: '';
    width: 0.55rem;
    height: 0.55rem;
    margin-top: 0.25rem;
    border-radius: 50%;
    background: var(--accent);
  }

  .compact .row.unread .check::after {
    margin-top: 0;
  }

  .from {
    grid-area: from;
    display: flex;
    gap: 0.4rem;
    align-items: baseline;
    min-width: 0;
    font-size: 0.9375rem;
  }

  .from bdi {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .conversation {
    flex: none;
    padding-inline: 0.35rem;
    border-radius: 6px;
    background: var(--canvas);
    color: var(--muted);
    font-size: 0.75rem;
    font-weight: 600;
    font-variant-numeric: tabular-nums;
  }

  .subject,
  .snippet {
    min-width: 0;
    overflow: hidden;
    color: var(--muted);
    font-size: 0.875rem;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .subject {
    grid-area: subject;
  }

  .snippet {
    grid-area: snippet;
  }

  .compact .snippet {
    display: none;
  }

  .unread .from bdi {
    font-weight: 650;
  }

  .unread .subject {
    color: var(--text);
    font-weight: 600;
  }

  .date {
    grid-area: date;
    color: var(--muted);
    font-size: 0.8125rem;
    font-variant-numeric: tabular-nums;
    text-align: end;
    white-space: nowrap;
  }

  .unread .date {
    color: var(--accent);
  }

  .facts {
    grid-area: facts;
    display: flex;
    align-items: center;
    justify-content: flex-end;
    gap: 0.4rem;
    min-width: 0;
    overflow: hidden;
    color: var(--muted);
    font-size: 0.75rem;
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }

  .facts svg {
    width: 1rem;
    height: 1rem;
  }

  .star {
    grid-area: star;
    justify-self: end;
  }

  .star button {
    width: 1.75rem;
    min-height: 1.5rem;
    height: 1.5rem;
    margin-inline-end: -0.35rem;
  }

  .star svg {
    width: 1.1rem;
    height: 1.1rem;
  }

  .star [aria-pressed='true'] {
    color: var(--warning);
  }

  .star button:focus-visible {
    outline-offset: -2px;
  }

  .label,
  .badge {
    overflow: hidden;
    max-width: 10rem;
    padding: 0.05rem 0.45rem;
    border-radius: 99px;
    text-overflow: ellipsis;
    font-weight: 600;
  }

  .badge {
    flex: none;
    border: 1px solid var(--line);
  }

  .badge.danger {
    border-color: transparent;
    background: var(--danger-soft);
    color: var(--danger);
  }

  .badge.warning {
    border-color: transparent;
    background: var(--warning-soft);
    color: var(--warning);
  }

  .copy.here {
    color: var(--good);
  }

  .leaving :is(.from, .subject, .snippet, .date) {
    opacity: 0.75;
    text-decoration: line-through;
    text-decoration-thickness: 1px;
  }

  .compact .size,
  .compact .label:nth-of-type(n + 2) {
    display: none;
  }

  .new {
    position: absolute;
    inset-block-start: 0.5rem;
    inset-inline-start: 50%;
    z-index: 2;
    translate: -50%;
    min-height: 2rem;
    border-radius: 99px;
    background: var(--accent);
    color: var(--on-accent);
    box-shadow: var(--shadow);
    white-space: nowrap;
  }

  .new:dir(rtl) {
    translate: 50%;
  }

  .new:hover {
    background: var(--accent-strong);
  }

  .new svg {
    width: 1rem;
    height: 1rem;
  }

  .bone {
    display: block;
    height: 0.7rem;
    border-radius: 4px;
    background: var(--line);
    animation: breathe 1.4s ease-in-out infinite alternate;
  }

  .bone-from {
    width: 45%;
  }

  .bone-subject {
    width: 80%;
  }

  .bone-date {
    width: 2.5rem;
  }

  @keyframes breathe {
    to {
      opacity: 0.45;
    }
  }
`;
