import { html, type TemplateResult } from 'lit';

/** Line icons on a grid of 24, drawn for this page. They never carry the meaning alone. */
export function icon(path: string, fill: 'none' | 'currentColor' = 'none'): TemplateResult {
  return html`<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path
      d=${path}
      fill=${fill}
      stroke="currentColor"
      stroke-width="1.8"
      stroke-linecap="round"
      stroke-linejoin="round"
    />
  </svg>`;
}

const STAR = 'm12 3.8 2.5 5.2 5.7.8-4.1 4 1 5.7-5.1-2.8-5.1 2.8 1-5.7-4.1-4 5.7-.8z';

export const icons = {
  refresh: icon('M20 11a8 8 0 0 0-14.3-4L4 9m0-5v5h5M4 13a8 8 0 0 0 14.3 4l1.7-2m0 5v-5h-5'),
  signOut: icon('M14 4h4a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2h-4M4 12h11m-4-4 4 4-4 4'),
  help: icon(
    'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M9.5 9.3a2.6 2.6 0 1 1 3.6 2.6c-.8.4-1.1.9-1.1 1.7m0 3v.1',
  ),
  back: icon('M19 12H5m6-6-6 6 6 6'),
  up: icon('m6 15 6-6 6 6'),
  down: icon('m6 9 6 6 6-6'),
  trash: icon(
    'M4 7h16M10 11v6m4-6v6M6 7l1 12a2 2 0 0 0 2 2h6a2 2 0 0 0 2-2l1-12M9 7V5a2 2 0 0 1 2-2h2a2 2 0 0 1 2 2v2',
  ),
  restore: icon('M9 14 4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3'),
  save: icon('M12 4v11m-5-5 5 5 5-5M5 20h14'),
  clip: icon(
    'm20 11-8.5 8.5a5 5 0 0 1-7-7L13 4a3.4 3.4 0 0 1 4.8 4.8l-8.5 8.5a1.7 1.7 0 0 1-2.4-2.4L14.5 7',
  ),
  file: icon('M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8zm0 0v5h5'),
  image: icon(
    'M5 4h14a1 1 0 0 1 1 1v14a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1m-1 13 5-5 4 4 2.5-2.5L20 17M15 9v.1',
  ),
  lock: icon(
    'M7 11V8a5 5 0 0 1 10 0v3M6 11h12a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1v-8a1 1 0 0 1 1-1',
  ),
  unlock: icon(
    'M7 11V8a5 5 0 0 1 9.6-2M6 11h12a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1v-8a1 1 0 0 1 1-1',
  ),
  warning: icon(
    'M12 9v4m0 4v.1M10.3 4 2.6 17.5A2 2 0 0 0 4.3 20.5h15.4a2 2 0 0 0 1.7-3L13.7 4a2 2 0 0 0-3.4 0',
  ),
  close: icon('M6 6l12 12M18 6 6 18'),
  eye: icon(
    'M2.5 12S6 5 12 5s9.5 7 9.5 7-3.5 7-9.5 7-9.5-7-9.5-7M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6',
  ),
  eyeOff: icon(
    'M4 4l16 16M9.9 5.3A9 9 0 0 1 12 5c6 0 9.5 7 9.5 7a16 16 0 0 1-2.6 3.4M6.3 7.1A15 15 0 0 0 2.5 12S6 19 12 19a9 9 0 0 0 4-1M10 10a3 3 0 0 0 4 4',
  ),
  mail: icon(
    'M5 5h14a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2m-1.5 2 7 5.6a2.4 2.4 0 0 0 3 0l7-5.6',
  ),
  mailOpen: icon('M3 10.5 12 4l9 6.5V18a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2zm.5.5 8.5 6 8.5-6'),
  inbox: icon(
    'M4 13 6.5 5.5h11L20 13v4.5a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 17.5zm0 0h4.5l1.2 2.5h4.6l1.2-2.5H20',
  ),
  archive: icon('M4 5h16v4H4zm1 4v9a1.5 1.5 0 0 0 1.5 1.5h11A1.5 1.5 0 0 0 19 18V9m-9 4h4'),
  menu: icon('M4 7h16M4 12h16M4 17h16'),
  search: icon('M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14m5-2 4.5 4.5'),
  sort: icon('M4 7h16M7 12h10m-7 5h4'),
  star: icon(STAR),
  starred: icon(STAR, 'currentColor'),
  server: icon('M5 4h14v7H5zm0 9h14v7H5zm3-5.5h.1m-.1 9h.1'),
  serverOff: icon('M9 4h10v7h-3m-4 0H5V5m0 8h9m4 0h1v5m-3 2H5v-7m3 3.5h.1M4 3l17 18'),
  device: icon('M6 5h12v10H6zM3 19h18'),
  label: icon('M4 5h8l8 8-7 7-9-9zm4 3.5v.1'),
  add: icon('M12 5v14M5 12h14'),
  edit: icon('m5 19 1-4L16.5 4.5l3 3L9 18zm9.5-12.5 3 3'),
  offline: icon(
    'M4 4l16 16M8.5 15.5a5 5 0 0 1 5-1.3M5 12a10 10 0 0 1 4-2.5M2.5 8.5A14 14 0 0 1 6 6.2M12.5 9A10 10 0 0 1 19 12M11 5.5a14 14 0 0 1 10.5 3M12 19v.1',
  ),
  busy: icon('M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M12 7v5l3 3'),
  settings: icon(
    'M4 7h9m5 0h2M4 17h2m5 0h9M15.5 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5m-7 10a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5',
  ),
} as const;
