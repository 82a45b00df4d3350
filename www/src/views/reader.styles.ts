import { css } from 'lit';

export const readerStyles = css`
  :host {
    display: block;
    min-height: 100%;
  }

  .toolbar {
    position: sticky;
    top: 0;
    z-index: 2;
    display: flex;
    align-items: center;
    gap: 0.25rem;
    min-height: 3rem;
    padding: 0.35rem 1rem;
    border-bottom: 1px solid var(--line);
    background: var(--surface);
  }

  .toolbar .space {
    flex: 1;
  }

  .toolbar .delete:hover {
    background: var(--danger-soft);
    color: var(--danger);
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

  .envelope {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr) auto;
    gap: 0 0.85rem;
    margin-bottom: 1.25rem;
  }

  .envelope p {
    margin: 0;
  }

  .avatar {
    display: grid;
    place-items: center;
    width: 2.5rem;
    height: 2.5rem;
    border-radius: 50%;
    color: #fff;
    font-weight: 600;
  }

  .hue-0 {
    background: #2456c7;
  }

  .hue-1 {
    background: #7a3db8;
  }

  .hue-2 {
    background: #a5325f;
  }

  .hue-3 {
    background: #a8401a;
  }

  .hue-4 {
    background: #7d5a00;
  }

  .hue-5 {
    background: #2f6b2f;
  }

  .hue-6 {
    background: #0c6a6a;
  }

  .hue-7 {
    background: #4a5568;
  }

  /* Marks heaped upon a letter stay in their line. */
  .sender,
  .recipients,
  .headers dt,
  .headers dd {
    overflow: clip;
    overflow-clip-margin: 0.2rem;
  }

  .sender {
    font-weight: 600;
    overflow-wrap: anywhere;
  }

  .address {
    color: var(--muted);
    font-size: 0.875rem;
    font-weight: 400;
  }

  .recipients,
  .when {
    color: var(--muted);
    font-size: 0.875rem;
    overflow-wrap: anywhere;
  }

  .when {
    display: flex;
    flex-direction: column;
    text-align: right;
  }

  .note {
    margin: 0 0 1rem;
    padding: 0.6rem 0.9rem;
    border-radius: var(--radius);
    background: var(--warning-soft);
    color: var(--warning);
    font-size: 0.9375rem;
  }

  .toolbar + .note {
    margin: 0;
    border-radius: 0;
    padding-inline: 1.5rem;
  }

  .note.danger {
    background: var(--danger-soft);
    color: var(--danger);
  }

  .loading {
    margin: 2.5rem auto;
    max-width: 24rem;
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
    padding-left: 0.6rem;
    border-left: 2px solid currentcolor;
    overflow-wrap: anywhere;
  }

  .failure button {
    margin-top: 1rem;
  }

  .tabs {
    display: flex;
    gap: 0.25rem;
    margin: 0 -0.35rem 1rem;
    border-bottom: 1px solid var(--line);
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

  .headers {
    display: grid;
    grid-template-columns: minmax(6rem, max-content) minmax(0, 1fr);
    gap: 0.35rem 1rem;
    margin: 0;
    font-size: 0.875rem;
  }

  .headers dt {
    color: var(--muted);
    overflow-wrap: anywhere;
  }

  .headers dd {
    margin: 0;
    font-family: var(--mono);
    font-size: 0.8125rem;
    overflow-wrap: anywhere;
  }

  .none {
    display: grid;
    align-content: center;
    justify-items: center;
    min-height: 60vh;
    padding: 2rem;
    color: var(--muted);
    text-align: center;
  }

  .none-icon svg {
    width: 3rem;
    height: 3rem;
    opacity: 0.7;
  }

  .none h2 {
    margin: 0.75rem 0 0.25rem;
    color: var(--text);
    font-size: 1.0625rem;
    font-weight: 600;
  }

  .none p {
    margin: 0;
    max-width: 22rem;
    font-size: 0.9375rem;
  }

  @media (width >= 56rem) {
    .back {
      display: none;
    }
  }

  @media (width < 56rem) {
    .toolbar {
      padding-inline: 0.5rem;
    }

    article {
      padding: 1rem 1rem 3rem;
    }
  }

  @media (width < 40rem) {
    .when {
      grid-column: 2 / -1;
      flex-flow: row wrap;
      gap: 0 0.75rem;
      text-align: left;
    }

    .headers {
      grid-template-columns: minmax(0, 1fr);
      gap: 0;
    }

    .headers dd {
      margin-bottom: 0.6rem;
    }
  }
`;
