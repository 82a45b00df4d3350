import { css } from 'lit';

export const barStyles = css`
  :host {
    display: block;
    border-bottom: 1px solid var(--line);
  }

  .head {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0 0.5rem;
    min-height: 3rem;
    padding-block: 0.25rem;
    padding-inline: 0.65rem 0.5rem;
  }

  .head.selecting {
    background: var(--selected);
  }

  input[type='checkbox'],
  input[type='radio'] {
    flex: none;
    width: 1.1rem;
    height: 1.1rem;
    margin: 0.35rem;
    accent-color: var(--accent);
  }

  .all {
    margin-inline-end: 0.25rem;
  }

  h1 {
    min-width: 0;
    margin: 0;
    overflow: hidden;
    font-size: 1.0625rem;
    font-weight: 650;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .count {
    flex: 1;
    min-width: 0;
    color: var(--muted);
    font-size: 0.8125rem;
    font-variant-numeric: tabular-nums;
  }

  .selected {
    font-size: 0.9375rem;
    font-weight: 600;
    font-variant-numeric: tabular-nums;
  }

  .select-all {
    color: var(--accent-strong);
  }

  .actions {
    display: flex;
    flex-wrap: wrap;
    margin-inline-start: auto;
  }

  .filters {
    display: flex;
    flex-wrap: wrap;
    gap: 0.35rem;
    padding: 0 0.65rem 0.5rem;
  }

  .chip {
    min-height: 1.75rem;
    padding: 0.15rem 0.7rem;
    border-color: var(--line-strong);
    border-radius: 99px;
    color: var(--muted);
    font-size: 0.8125rem;
  }

  .chip[aria-pressed='true'] {
    border-color: var(--accent);
    background: var(--accent);
    color: var(--on-accent);
  }

  .chip.empty {
    color: var(--danger);
  }

  .chip svg {
    width: 1rem;
    height: 1rem;
  }

  fieldset {
    display: grid;
    margin: 0;
    padding: 0;
    border: 0;
  }

  fieldset + fieldset {
    margin-top: 0.75rem;
  }

  legend {
    padding: 0;
    color: var(--muted);
    font-size: 0.8125rem;
    font-weight: 600;
  }

  pop3-menu label {
    display: flex;
    align-items: center;
    min-height: 2rem;
    font-size: 0.875rem;
    font-weight: 400;
  }

  .item {
    justify-content: flex-start;
    text-align: start;
  }

  .label {
    overflow: hidden;
    padding: 0.1rem 0.5rem;
    border-radius: 99px;
    font-weight: 600;
    text-overflow: ellipsis;
  }

  .new-label {
    display: flex;
    gap: 0.25rem;
    margin-top: 0.25rem;
  }

  .new-label input {
    flex: 1;
    min-width: 0;
    min-height: 2.25rem;
    padding: 0.3rem 0.5rem;
    border: 1px solid var(--line-strong);
    border-radius: 8px;
    background: var(--surface);
    color: var(--text);
    font: inherit;
    font-size: 0.875rem;
  }
`;
