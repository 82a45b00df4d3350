import { css } from 'lit';

/** The palette of labels: text and ground of each colour are readable in both themes. */
export const labelStyles = css`
  .label {
    background: var(--label-ground, var(--hover));
    color: var(--label-text, var(--text));
  }

  [data-colour='0'] {
    --label-ground: light-dark(#dfe9fc, #22355c);
    --label-text: light-dark(#173f94, #b7ccff);
  }

  [data-colour='1'] {
    --label-ground: light-dark(#dcf2e3, #1b3d29);
    --label-text: light-dark(#13552d, #a5e3bc);
  }

  [data-colour='2'] {
    --label-ground: light-dark(#fde4e2, #4b2321);
    --label-text: light-dark(#8a1b15, #ffb9b3);
  }

  [data-colour='3'] {
    --label-ground: light-dark(#fdf0cf, #41330f);
    --label-text: light-dark(#654000, #f5d690);
  }

  [data-colour='4'] {
    --label-ground: light-dark(#efe3fb, #3a2654);
    --label-text: light-dark(#5b2391, #dcc2fb);
  }

  [data-colour='5'] {
    --label-ground: light-dark(#d8f1f3, #143b3f);
    --label-text: light-dark(#0c4f57, #9fdde5);
  }

  [data-colour='6'] {
    --label-ground: light-dark(#fbe2ef, #4a1f37);
    --label-text: light-dark(#8a1555, #fbb8da);
  }

  [data-colour='7'] {
    --label-ground: light-dark(#e6e8ec, #343b45);
    --label-text: light-dark(#3b434f, #d3d9e1);
  }
`;
