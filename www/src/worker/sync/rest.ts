import { FailureError, failed, success, type Outcome } from '../../lib/outcome.ts';
import type { AccountId, MessageId } from '../mail-protocol.ts';
import { sessionFailure } from './connect.ts';
import { MESSAGE_LIMIT } from './policy.ts';
import type { Client, RestProgress, Surroundings } from './types.ts';

/** Somebody waits for the rest of a message. */
export interface RestWanted {
  message: MessageId;
  progress: RestProgress;
  done: (outcome: Outcome<void>) => void;
  /** It was begun in a session that broke. */
  again?: boolean;
}

type Needed = Pick<Surroundings, 'storage' | 'digest' | 'clock'>;

/** Progress is told no more often; a large message comes in thousands of pieces. */
const INTERVAL_MS = 100;

/** Fetches the rest of a message in a session that stands. Never throws. */
export async function fetchRest(
  client: Client,
  account: AccountId,
  { message, progress }: Pick<RestWanted, 'message' | 'progress'>,
  { storage, digest, clock }: Needed,
): Promise<Outcome<void>> {
  try {
    const known = await storage.onServer(account);
    const wanted = known.find(({ id }) => id === message);
    if (wanted?.local === 'whole') return success(undefined);
    if (wanted === undefined) throw new FailureError(GONE);
    // Its number is looked up in this very session.
    const seen = known.map((one) => one.seen);
    const { found } = await client.checkNew({ seen, find: [wanted.seen] });
    const [entry] = found;
    if (entry === undefined) throw new FailureError(GONE);
    if (entry.size > MESSAGE_LIMIT) throw new FailureError(TOO_LARGE);
    let told = 0;
    const onProgress = ({ received }: { received: number }): void => {
      const now = clock.now();
      if (now - told < INTERVAL_MS) return;
      told = now;
      progress(received, Math.max(received, entry.size));
    };
    const { octets } = await client.retr(entry.number, { onProgress });
    await storage.complete(message, octets, await digest(octets, 'whole'));
    return success(undefined);
  } catch (thrown) {
    return failed(sessionFailure(thrown, client));
  }
}

const GONE = { code: 'gone', blame: 'server' } as const;
const TOO_LARGE = { code: 'limit-exceeded', blame: 'limit' } as const;
