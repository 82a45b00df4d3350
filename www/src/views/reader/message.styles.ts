import { css } from 'lit';

export const messageStyles = css`
  :host {
    display: block;
  }

  .note {
    margin: 0 0 1rem;
    padding: 0.6rem 0.9rem;
    border-radius: var(--radius);
    background: var(--warning-soft);
    color: var(--warning);
    font-size: 0.9375rem;
  }

  .note p {
    margin: 0 0 0.5rem;
  }

  .note blockquote {
    margin: 0 0 0.5rem;
  }

  .loading {
    margin: 2.5rem auto;
    color: var(--muted);
    text-align: center;
  }

  progress {
    appearance: none;
    width: 100%;
    height: 0.5rem;
    border: 0;
    border-radius: 99px;
    overflow: hidden;
    background: var(--line);
  }

  progress::-webkit-progress-bar {
    background: var(--line);
  }

  progress::-webkit-progress-value {
    background: var(--accent);
    border-radius: 99px;
  }

  progress::-moz-progress-bar {
    background: var(--accent);
    border-radius: 99px;
  }

  .failure {
    padding: 1.25rem;
    border-radius: var(--radius);
    background: var(--danger-soft);
  }

  .failure h2 {
    margin: 0 0 0.5rem;
    font-size: 1.0625rem;
    color: var(--danger);
  }

  .failure p {
    margin: 0.15rem 0 0;
  }

  .failure blockquote {
    margin: 0.5rem 0 0;
    padding-inline-start: 0.6rem;
    border-inline-start: 2px solid currentcolor;
    overflow-wrap: anywhere;
  }

  .failure button {
    margin-block-start: 1rem;
  }

  .bar {
    display: flex;
    align-items: center;
    gap: 0.25rem;
    margin: 0 -0.35rem 1rem;
    border-block-end: 1px solid var(--line);
  }

  .tabs {
    display: flex;
    flex: 1;
    gap: 0.25rem;
    overflow-x: auto;
    scrollbar-width: none;
  }

  .tabs button {
    min-height: 2.5rem;
    padding: 0.3rem 0.75rem;
    border: 0;
    border-radius: 8px 8px 0 0;
    color: var(--muted);
    white-space: nowrap;
  }

  .tabs button:focus-visible {
    outline-offset: -3px;
  }

  .tabs button[aria-selected='true'] {
    color: var(--text);
    box-shadow: inset 0 -2px 0 var(--accent);
  }

  [role='tabpanel']:focus-visible {
    outline-offset: 6px;
    border-radius: 2px;
  }

  .list {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.25rem 0.6rem;
    margin: 1.5rem 0 0;
    padding-block-start: 0.75rem;
    border-block-start: 1px solid var(--line);
    color: var(--muted);
    font-size: 0.875rem;
    overflow-wrap: anywhere;
  }

  .list a {
    color: var(--accent);
  }

  @media (width < 24rem) {
    .bar {
      flex-wrap: wrap;
      justify-content: end;
    }

    .tabs {
      flex-basis: 100%;
    }

    .tabs button {
      padding-inline: 0.45rem;
    }
  }

  @media print {
    .bar,
    .list a,
    .rest button {
      display: none;
    }
  }
`;
