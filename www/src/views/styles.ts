import { css } from 'lit';

/** What every component shares: boxes, focus, buttons. */
export const shared = css`
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }

  [hidden] {
    display: none !important;
  }

  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
  }

  .visually-hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    margin: -1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }

  button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 0.45rem;
    min-height: 2.25rem;
    padding: 0.3rem 0.8rem;
    border: 1px solid transparent;
    border-radius: 8px;
    background: none;
    color: inherit;
    font: inherit;
    font-size: 0.875rem;
    font-weight: 550;
    line-height: 1.2;
    cursor: pointer;
  }

  button:hover {
    background: var(--hover);
  }

  button.outlined {
    border-color: var(--line-strong);
    background: var(--surface);
  }

  button.outlined:hover {
    background: var(--hover);
  }

  button.primary {
    background: var(--accent);
    color: var(--on-accent);
  }

  button.primary:hover {
    background: var(--accent-strong);
  }

  button.icon {
    width: 2.25rem;
    padding: 0;
    color: var(--muted);
  }

  button.icon:hover {
    color: var(--text);
  }

  button[aria-disabled='true'] {
    cursor: default;
    opacity: 0.55;
  }

  button[aria-busy='true'] svg {
    animation: turn 0.9s linear infinite;
  }

  svg {
    display: block;
    flex: none;
    width: 1.25rem;
    height: 1.25rem;
  }

  @keyframes turn {
    to {
      rotate: 1turn;
    }
  }

  @media (pointer: coarse) {
    button {
      min-height: 2.75rem;
    }

    button.icon {
      width: 2.75rem;
    }
  }

  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation-duration: 0.01ms !important;
      animation-iteration-count: 1 !important;
      transition-duration: 0.01ms !important;
    }
  }
`;
