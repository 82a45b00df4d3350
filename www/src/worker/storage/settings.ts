import type { Settings } from '../mail-protocol.ts';

/** Until somebody chooses. */
export const DEFAULTS: Settings = {
  language: 'auto',
  theme: 'auto',
  density: 'comfortable',
  shortcuts: true,
  notifications: false,
  conversations: true,
  readAfter: 0,
  emptyTrashAfter: 30,
  trustedSenders: [],
  labels: [],
};
