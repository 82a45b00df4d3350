import { css } from 'lit';

export const listStyles = css`
  :host {
    display: block;
    min-height: 0;
  }

  .viewport {
    height: 100%;
    overflow: hidden auto;
    overscroll-behavior: contain;
    contain: strict;
  }

  [role='grid'] {
    position: relative;
  }

  .row {
    position: absolute;
    inset: 0 0 auto;
    display: grid;
    grid-template: 1fr 1fr / minmax(0, 1fr) auto;
    align-items: center;
    gap: 0 0.75rem;
    height: 4.25rem;
    padding: 0.55rem 1rem 0.55rem 1.6rem;
    border-bottom: 1px solid var(--line);
    background: var(--surface);
    cursor: default;
    contain: layout style;
  }

  .row:hover {
    background: var(--hover);
  }

  .row.opened {
    background: var(--selected);
    box-shadow: inset 3px 0 0 var(--accent);
  }

  .row:focus-visible {
    outline-offset: -2px;
    z-index: 1;
  }

  .row.unread::before {
    content: '';
    position: absolute;
    left: 0.65rem;
    top: 1.2rem;
    width: 0.5rem;
    height: 0.5rem;
    border-radius: 50%;
    background: var(--accent);
  }

  .from,
  .subject {
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .from {
    font-size: 0.9375rem;
  }

  .subject {
    color: var(--muted);
    font-size: 0.875rem;
  }

  .unread .from {
    font-weight: 650;
  }

  .unread .subject {
    color: var(--text);
  }

  .date {
    color: var(--muted);
    font-size: 0.8125rem;
    font-variant-numeric: tabular-nums;
    text-align: right;
    white-space: nowrap;
  }

  .unread .date {
    color: var(--accent);
  }

  .facts {
    display: flex;
    align-items: center;
    justify-content: flex-end;
    gap: 0.4rem;
    color: var(--muted);
    font-size: 0.8125rem;
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }

  .clip svg {
    width: 1rem;
    height: 1rem;
  }

  .marked .from,
  .marked .subject,
  .marked .date {
    font-weight: 400;
    color: var(--muted);
  }

  .marked :is(.from, .subject) {
    text-decoration: line-through;
    text-decoration-thickness: 1px;
  }

  .marked::before {
    visibility: hidden;
  }

  .marked .size,
  .marked .clip {
    display: none;
  }

  .badge {
    padding: 0.05rem 0.5rem;
    border-radius: 99px;
    background: var(--danger-soft);
    color: var(--danger);
    font-size: 0.75rem;
    font-weight: 600;
  }

  .act {
    width: 2rem;
    min-height: 1.75rem;
    height: 1.75rem;
  }

  .act svg {
    width: 1.1rem;
    height: 1.1rem;
  }

  .row:not(.marked) .act {
    display: none;
  }

  @media (hover: hover) {
    .row:not(.marked):hover .act {
      display: inline-flex;
    }

    .row:not(.marked):hover :is(.size, .clip) {
      display: none;
    }
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

  .empty {
    display: grid;
    justify-items: center;
    padding: 4rem 1.5rem;
    color: var(--muted);
    text-align: center;
  }

  .empty-icon svg {
    width: 3rem;
    height: 3rem;
    stroke-width: 1;
  }

  .empty h2 {
    margin: 0.75rem 0 0.25rem;
    color: var(--text);
    font-size: 1.0625rem;
    font-weight: 600;
  }

  .empty p {
    margin: 0;
    max-width: 22rem;
    font-size: 0.9375rem;
  }
`;
