import { css } from 'lit';

export const readerStyles = css`
  :host {
    display: block;
    min-height: 100%;
  }

  .toolbar {
    position: sticky;
    inset-block-start: 0;
    z-index: 2;
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.1rem;
    min-height: 3rem;
    padding: 0.35rem 1rem;
    border-block-end: 1px solid var(--line);
    background: var(--surface);
  }

  .toolbar .space {
    flex: 1;
  }

  .toolbar .delete:hover {
    background: var(--danger-soft);
    color: var(--danger);
  }

  .star[aria-pressed='true'] {
    color: var(--warning);
  }

  .star[aria-pressed='true'] path {
    fill: currentcolor;
  }

  article {
    max-width: 60rem;
    padding: 1.25rem 1.5rem 3rem;
  }

  h1 {
    margin: 0 0 1rem;
    font-size: 1.375rem;
    font-weight: 650;
    letter-spacing: -0.012em;
    line-height: 1.3;
    overflow-wrap: anywhere;
    /* A longer one is whole among the headers. */
    display: -webkit-box;
    overflow: hidden;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 6;
  }

  /* Takes the focus so that reading begins here; nothing can be done with it. */
  h1:focus {
    outline: none;
  }

  .count {
    margin: -0.75rem 0 0.75rem;
    color: var(--muted);
    font-size: 0.875rem;
  }

  .conversation {
    margin: 0;
    padding: 0;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    list-style: none;
  }

  .conversation > li + li {
    border-block-start: 1px solid var(--line);
  }

  .member {
    display: grid;
    grid-template-columns: minmax(6rem, max-content) minmax(0, 1fr) max-content;
    justify-items: start;
    gap: 0.75rem;
    width: 100%;
    min-height: 2.75rem;
    padding-inline: 1rem;
    border-radius: var(--radius);
    font-weight: 400;
    text-align: start;
  }

  .member:focus-visible {
    outline-offset: -3px;
  }

  .name {
    max-width: 14rem;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    font-weight: 550;
  }

  .fresh .name {
    font-weight: 750;
  }

  .snippet {
    width: 100%;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    color: var(--muted);
  }

  .date {
    color: var(--muted);
    font-size: 0.8125rem;
  }

  .body {
    padding: 0.75rem 1rem 1rem;
  }

  .earlier,
  .outer {
    margin-block-end: 0.75rem;
  }

  .outer svg:dir(rtl),
  .back svg:dir(rtl) {
    scale: -1 1;
  }

  .note {
    margin: 0 0 1rem;
    color: var(--muted);
    font-size: 0.875rem;
    overflow-wrap: anywhere;
  }

  .loading {
    margin: 2.5rem auto;
    color: var(--muted);
    text-align: center;
  }

  @media (width >= 52rem) {
    .back {
      display: none;
    }
  }

  @media (width < 52rem) {
    .toolbar {
      padding-inline: 0.5rem;
    }

    article {
      padding: 1rem 1rem 3rem;
    }
  }

  @media (width < 40rem) {
    .body {
      padding-inline: 0.6rem;
    }

    .name {
      max-width: 8rem;
    }
  }

  @media print {
    .toolbar,
    .earlier,
    .outer,
    .member[aria-expanded='false'] {
      display: none;
    }

    article {
      max-width: none;
      padding: 0;
    }
  }
`;
