import { css } from 'lit';

/** Fields of the dialogs: labels above, choices beside, room for a finger. */
export const formStyles = css`
  :host {
    display: block;
  }

  fieldset {
    min-width: 0;
    margin: 0 0 1.25rem;
    padding: 0;
    border: 0;
  }

  legend,
  h3,
  .field > label:not(.choice),
  .field > .label {
    display: block;
    margin: 0 0 0.35rem;
    padding: 0;
    font-size: 0.9375rem;
    font-weight: 600;
  }

  .field {
    margin-bottom: 1.25rem;
  }

  .choice {
    display: flex;
    align-items: flex-start;
    gap: 0.6rem;
    padding-block: 0.35rem;
    font-size: 0.9375rem;
    line-height: 1.4;
  }

  .choice input {
    flex: none;
    width: 1.15rem;
    height: 1.15rem;
    margin: 0.1rem 0 0;
    accent-color: var(--accent);
  }

  .choice:has(input:disabled) {
    color: var(--muted);
  }

  .nested {
    margin-inline-start: 1.75rem;
    margin-bottom: 0.5rem;
  }

  .row {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.5rem;
  }

  input:is([type='text'], [type='password'], [type='number'], :not([type])),
  select {
    min-height: 2.5rem;
    max-width: 100%;
    padding: 0.4rem 0.65rem;
    border: 1px solid var(--line-strong);
    border-radius: var(--radius);
    background: var(--surface);
    color: var(--text);
    font: inherit;
  }

  input[type='number'] {
    width: 6rem;
  }

  .wide {
    width: 100%;
  }

  .hint,
  .note {
    margin: 0.35rem 0 0;
    color: var(--muted);
    font-size: 0.875rem;
  }

  .note {
    padding: 0.6rem 0.8rem;
    border-radius: var(--radius);
    background: var(--selected);
    color: var(--text);
  }

  .note.warning {
    background: var(--warning-soft);
  }

  .note.danger {
    background: var(--danger-soft);
  }

  .note strong {
    display: block;
  }

  .note + .choice {
    margin-block-start: 0.5rem;
  }

  .note p {
    margin: 0;
  }

  .danger-button {
    border-color: var(--danger);
    color: var(--danger);
  }

  progress,
  meter {
    display: block;
    width: 100%;
    height: 0.6rem;
    margin-block: 0.4rem;
    accent-color: var(--accent);
  }

  .password {
    position: relative;
  }

  .password input {
    width: 100%;
    padding-inline-end: 3rem;
  }

  .password button {
    position: absolute;
    inset-block: 0.125rem;
    inset-inline-end: 0.25rem;
    width: 2.25rem;
    padding: 0;
    color: var(--muted);
  }
`;
