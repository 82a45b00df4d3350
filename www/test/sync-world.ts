/** The world around fetching, as far as tests have their own. */
import type { Account, AccountStatus, FetchPolicy } from '../src/worker/mail-protocol.ts';
import { digestOf } from '../src/worker/summary.ts';
import { Sync } from '../src/worker/sync/sync.ts';
import type { Clock, Surroundings } from '../src/worker/sync/types.ts';
import { MailServer } from './mail-server.ts';
import { MemoryStorage } from './memory-storage.ts';

export const CREDENTIALS = { url: 'ws://x/pop3', password: 'secret' };

export const POLICY: FetchPolicy = {
  what: 'whole',
  onServer: { kind: 'keep' },
  deleteWithLocal: true,
  intervalMinutes: 0,
};

export function anAccount(policy: Partial<FetchPolicy> = {}): Account {
  return {
    id: 'a',
    title: 'u',
    server: 's',
    user: 'u',
    hop: { mode: 'proxy' },
    policy: { ...POLICY, ...policy },
    passwordKept: false,
  };
}

/** Time goes on by itself, as soon as somebody waits for it and nothing else is to be done. */
export class HastyClock implements Clock {
  time = 1_000_000;
  now = (): number => this.time;

  after(milliseconds: number, call: () => void): () => void {
    const due = this.time + milliseconds;
    const turn = setImmediate(() => {
      this.time = Math.max(this.time, due);
      call();
    });
    return () => clearImmediate(turn);
  }
}

/** Time goes on when a test says so. */
export class PatientClock implements Clock {
  time = 1_000_000_000;
  #waiting: { due: number; call: () => void }[] = [];
  now = (): number => this.time;

  after(milliseconds: number, call: () => void): () => void {
    const one = { due: this.time + milliseconds, call };
    this.#waiting.push(one);
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== one);
    };
  }

  /** What was due in the meantime is called in its order, at its time. */
  advance(milliseconds: number): void {
    const end = this.time + milliseconds;
    for (;;) {
      const [next] = this.#waiting.sort((a, b) => a.due - b.due);
      if (next === undefined || next.due > end) break;
      this.#waiting.shift();
      this.time = Math.max(this.time, next.due);
      next.call();
    }
    this.time = end;
  }

  /** A computer sleeps: its clock goes on, and its timers are late. */
  sleep(milliseconds: number): void {
    this.time += milliseconds;
    this.advance(0);
  }
}

/** Web Locks among the tabs of a test. */
export class FakeLocks {
  readonly #queues = new Map<string, (() => Promise<void>)[]>();

  /** For one tab; `die` releases what it has, as the end of a tab does. */
  tab(): { locks: Surroundings['locks']; die(): void } {
    const releases = new Set<() => void>();
    let dead = false;
    const request = (
      name: string,
      { signal }: { signal: AbortSignal },
      work: () => Promise<unknown>,
    ): Promise<void> =>
      new Promise((resolve, reject) => {
        const queue = this.#queues.get(name) ?? [];
        this.#queues.set(name, queue);
        const hold = async (): Promise<void> => {
          if (!dead) {
            const died = new Promise<void>((release) => releases.add(release));
            await Promise.race([work(), died]);
          }
          queue.shift();
          void queue[0]?.();
          resolve();
        };
        signal.addEventListener('abort', () => {
          const at = queue.indexOf(hold);
          if (at <= 0) return;
          queue.splice(at, 1);
          reject(signal.reason);
        });
        queue.push(hold);
        if (queue.length === 1) void hold();
      });
    return {
      locks: { request } as unknown as Surroundings['locks'],
      die() {
        dead = true;
        for (const release of releases) release();
      },
    };
  }
}

/** A BroadcastChannel among the tabs of a test. What is said is written down. */
export class FakeAir {
  readonly said: unknown[] = [];
  readonly #channels = new Set<Surroundings['channel']>();

  channel(): Surroundings['channel'] {
    const channel: Surroundings['channel'] = {
      onmessage: null,
      postMessage: (message: unknown) => {
        if (!this.#channels.has(channel)) return;
        const data = structuredClone(message);
        this.said.push(data);
        for (const other of this.#channels) {
          if (other === channel) continue;
          queueMicrotask(() => {
            const listener = other.onmessage as ((event: unknown) => void) | null;
            if (this.#channels.has(other)) listener?.({ data: structuredClone(data) });
          });
        }
      },
      close: () => {
        this.#channels.delete(channel);
      },
    };
    this.#channels.add(channel);
    return channel;
  }
}

export interface Tab {
  sync: Sync;
  /** What the page was told of the account, the last at the end. */
  statuses: AccountStatus[];
  /** Ends it without warning: nothing that it began goes any further. */
  kill(): void;
}

/** A server, a browser's storage, and tabs. */
export class World {
  readonly storage = new MemoryStorage();
  readonly locks = new FakeLocks();
  readonly air = new FakeAir();
  readonly server: MailServer;
  readonly clock: Clock;
  online = true;
  readonly #onChange = new Set<() => void>();

  constructor(server = new MailServer(), clock: Clock = new HastyClock()) {
    this.server = server;
    this.clock = clock;
    this.storage.now = clock.now;
  }

  tab(): Tab {
    const { locks, die } = this.locks.tab();
    const channel = this.air.channel();
    const statuses: AccountStatus[] = [];
    let alive = true;
    // A call of a tab that is gone never comes to anything.
    const storage = new Proxy(this.storage, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) =>
          alive || name === 'accounts'
            ? (value as (...a: unknown[]) => unknown).apply(target, args)
            : NEVER;
      },
    });
    const sync = new Sync(
      {
        storage,
        connect: (to, credentials, signal) =>
          alive ? this.server.connect(to, credentials, signal) : NEVER,
        digest: digestOf,
        clock: this.clock,
        random: () => 0.5,
        locks,
        channel,
        network: {
          online: () => this.online,
          onChange: (call) => this.#onChange.add(call),
        },
      },
      (_account, status) => statuses.push(status),
    );
    const kill = (): void => {
      alive = false;
      channel.close();
      this.server.hangUp();
      die();
    };
    return { sync, statuses, kill };
  }

  /** The network has come or gone. */
  setOnline(online: boolean): void {
    this.online = online;
    for (const call of this.#onChange) call();
  }

  /** Stores an account and has a tab fetch for it. */
  async signIn(tab: Tab, policy: Partial<FetchPolicy> = {}): Promise<void> {
    await this.storage.addAccount(anAccount(policy));
    tab.sync.accountsChanged();
    tab.sync.onCredentials('a', CREDENTIALS);
    await settled();
  }

  subjects(): string[] {
    return [...this.storage.stored.values()].map(({ octets }) => subjectOf(octets));
  }
}

const NEVER = new Promise<never>(() => {});

export const subjectOf = (octets: string): string => /^Subject: (.*)\r$/m.exec(octets)?.[1] ?? '';

/** Waits until nothing is left to be done at once. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((next) => setImmediate(next));
}

export async function until(what: string, condition: () => boolean): Promise<void> {
  for (let turn = 0; !condition(); turn += 1) {
    if (turn > 20_000) throw new Error(`it never came: ${what}`);
    await new Promise((next) => setImmediate(next));
  }
}
