import { css } from 'lit';

export const statusStyles = css`
  :host {
    display: block;
    max-height: 45%;
    overflow: hidden auto;
  }

  .bar {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.4rem 0.6rem;
    padding-block: 0.5rem;
    padding-inline: 1rem 0.5rem;
    border-bottom: 1px solid var(--line);
    font-size: 0.875rem;
  }

  .bar > div {
    flex: 1 1 12rem;
    min-width: 0;
    overflow-wrap: anywhere;
  }

  .bar .actions {
    display: flex;
    flex: none;
    flex-wrap: wrap;
    gap: 0.4rem;
  }

  .bar button {
    min-height: 2rem;
    padding-block: 0.15rem;
  }

  .bar p {
    margin: 0;
  }

  .bar blockquote {
    margin: 0.3rem 0 0;
    padding-inline-start: 0.6rem;
    border-inline-start: 2px solid currentcolor;
  }

  .whose {
    color: var(--muted);
    font-size: 0.8125rem;
  }

  .notice,
  .not-persistent,
  .offline {
    background: var(--canvas);
  }

  .failure,
  .in-use,
  .signed-out {
    background: var(--warning-soft);
  }

  .failure > svg,
  .in-use > svg,
  .signed-out > svg {
    color: var(--warning);
  }

  .full,
  .pending {
    background: var(--danger-soft);
    color: var(--danger);
  }
`;
