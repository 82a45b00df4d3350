import { css } from 'lit';

export const sidebarStyles = css`
  :host {
    display: block;
    padding: 0.5rem;
  }

  section + section,
  ul + pop3-label-list,
  section + pop3-label-list {
    display: block;
    margin-top: 1rem;
  }

  .head {
    display: flex;
    align-items: center;
    gap: 0.4rem;
    min-height: 2rem;
    padding-inline: 0.6rem 0.25rem;
  }

  h2 {
    flex: 1;
    min-width: 0;
    margin: 0;
    overflow: hidden;
    color: var(--muted);
    font-size: 0.8125rem;
    font-weight: 600;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  ul {
    margin: 0;
    padding: 0;
    list-style: none;
  }

  .place {
    justify-content: flex-start;
    width: 100%;
    padding-inline: 0.6rem;
    font-weight: 500;
    text-align: start;
  }

  .place svg {
    width: 1.1rem;
    height: 1.1rem;
    color: var(--muted);
  }

  .place .title {
    flex: 1;
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .place[aria-current] {
    background: var(--selected);
    color: var(--accent-strong);
    font-weight: 650;
  }

  .place[aria-current] svg {
    color: inherit;
  }

  .count {
    font-size: 0.8125rem;
    font-weight: 650;
    font-variant-numeric: tabular-nums;
  }

  .sign {
    color: var(--warning);
  }

  .sign.busy {
    color: var(--muted);
  }

  .sign svg {
    width: 1rem;
    height: 1rem;
  }

  .busy svg {
    animation: turn 0.9s linear infinite;
  }
`;
