import { digestOf } from '../summary.ts';
import type { MailStorage } from '../storage/types.ts';
import { connect } from './connect.ts';
import { Sync } from './sync.ts';
import { CHANNEL } from './tabs.ts';
import type { Clock, MailSync, Network, StatusListener } from './types.ts';

const clock: Clock = {
  now: Date.now,
  after(milliseconds, call) {
    const timer = setTimeout(call, milliseconds);
    return () => clearTimeout(timer);
  },
};

const network: Network = {
  online: () => navigator.onLine,
  onChange(call) {
    self.addEventListener('online', call);
    self.addEventListener('offline', call);
  },
};

/** Fetching in a browser's worker. A tab that is unlocked again starts it anew. */
export function startSync(storage: MailStorage, onStatus: StatusListener): MailSync {
  return new Sync(
    {
      storage,
      connect,
      digest: digestOf,
      clock,
      random: Math.random,
      locks: navigator.locks,
      channel: new BroadcastChannel(CHANNEL),
      network,
    },
    onStatus,
  );
}
