import { css } from 'lit';

/** What a message holds beside its text: an invitation, a contact, a report. */
export const cardStyles = css`
  :host {
    display: block;
    margin-block-end: 1rem;
  }

  .card {
    padding: 0.9rem 1rem;
    border: 1px solid var(--line);
    border-inline-start: 3px solid var(--accent);
    border-radius: var(--radius);
    font-size: 0.9375rem;
  }

  .card + .card {
    margin-block-start: 0.5rem;
  }

  .kind {
    display: flex;
    align-items: center;
    gap: 0.4rem;
    margin: 0 0 0.35rem;
    color: var(--muted);
    font-size: 0.8125rem;
    font-weight: 600;
  }

  .kind.bad {
    color: var(--danger);
  }

  h2 {
    margin: 0 0 0.5rem;
    font-size: 1.0625rem;
    font-weight: 650;
    line-height: 1.3;
    overflow-wrap: anywhere;
  }

  dl {
    display: grid;
    grid-template-columns: minmax(5rem, max-content) minmax(0, 1fr);
    gap: 0.25rem 1rem;
    margin: 0;
  }

  dt {
    color: var(--muted);
  }

  dd {
    margin: 0;
    overflow: clip;
    overflow-clip-margin: 0.2rem;
    overflow-wrap: anywhere;
  }

  .long {
    white-space: pre-wrap;
    unicode-bidi: plaintext;
  }

  .quiet {
    color: var(--muted);
    font-size: 0.875rem;
  }

  p {
    margin: 0.35rem 0 0;
  }

  ul {
    margin: 0;
    padding: 0;
    list-style: none;
  }

  @media (width < 40rem) {
    dl {
      grid-template-columns: minmax(0, 1fr);
      gap: 0;
    }

    dd {
      margin-block-end: 0.4rem;
    }
  }
`;
