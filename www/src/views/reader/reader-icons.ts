import { icon } from '../icons.ts';

export const readerIcons = {
  archive: icon('M4 4h16v4H4zm1 4v11a1 1 0 0 0 1 1h12a1 1 0 0 0 1-1V8m-9 4h4'),
  unread: icon(
    'M5 5h9m7 5v7a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2m-1.5 2 7 5.6a2.4 2.4 0 0 0 3 0l3-2.4M19 7a2 2 0 1 0 0-4 2 2 0 0 0 0 4',
  ),
  star: icon('m12 3.5 2.6 5.4 5.9.8-4.3 4.1 1 5.9-5.2-2.8-5.2 2.8 1-5.9L3.5 9.7l5.9-.8z'),
  print: icon(
    'M7 9V4h10v5M7 17H5a1 1 0 0 1-1-1v-6a1 1 0 0 1 1-1h14a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-2M7 14h10v6H7z',
  ),
  calendar: icon(
    'M5 5h14a1 1 0 0 1 1 1v13a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1m-1 5h16M8 3v4m8-4v4',
  ),
  person: icon('M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8m-8 9a8 8 0 0 1 16 0'),
  contrast: icon('M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18m0-18v18m0-3a6 6 0 0 0 0-12'),
  list: icon('M9 6h11M9 12h11M9 18h11M4.5 6h.1m-.1 6h.1m-.1 6h.1'),
  report: icon('M12 8v5m0 3.5v.1M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18'),
} as const;
