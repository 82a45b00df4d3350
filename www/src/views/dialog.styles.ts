import { css } from 'lit';

export const dialogStyles = css`
  dialog {
    width: min(33rem, calc(100vw - 2rem));
    max-height: calc(100dvh - 2rem);
    padding: 1.5rem;
    overflow: auto;
    border: 1px solid var(--line);
    border-radius: 16px;
    background: var(--raised);
    color: var(--text);
    box-shadow: var(--shadow);
  }

  dialog::backdrop {
    background: rgb(10 14 20 / 45%);
  }

  h2 {
    margin: 0 0 0.75rem;
    font-size: 1.1875rem;
    font-weight: 650;
    line-height: 1.3;
  }

  p {
    margin: 0 0 0.5rem;
  }

  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5rem;
    justify-content: flex-end;
    margin-top: 1.25rem;
  }
`;
