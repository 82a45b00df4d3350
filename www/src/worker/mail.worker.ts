import { expose } from 'comlink';
import { MailService } from './mail-service.ts';
import { STORE_CHANNEL } from './storage/blocks.ts';
import { KEY_CHANNEL } from './storage/key-news.ts';
import { space } from './storage/space.ts';
import { digestOf } from './summary.ts';
import { startSync } from './sync/start.ts';

expose(
  new MailService({
    startSync,
    digest: digestOf,
    locks: navigator.locks,
    channels: {
      store: new BroadcastChannel(STORE_CHANNEL),
      keys: new BroadcastChannel(KEY_CHANNEL),
    },
    space,
    now: Date.now,
  }),
);
