import type { Account } from '../mail-protocol.ts';
import type { Surroundings } from './types.ts';

/** Looks at the clock at least so often, since timers stand still while a computer is asleep. */
const LOOK_MS = 30_000;

/** After sleep, and when the network has come back, it may take a moment until names resolve. */
const SETTLE_MS = 5_000;

/** Of the interval, at most, by chance: or all tabs of the world would come at the full hour. */
const JITTER = 0.1;

const MINUTE_MS = 60_000;

type Needed = Pick<Surroundings, 'clock' | 'network' | 'random'>;

/** Fetches at an account's interval, while there is a network. */
export class Schedule {
  readonly #surroundings: Needed;
  readonly #account: () => Account;
  readonly #ready: () => boolean;
  readonly #fetch: () => void;
  #callOff: (() => void) | undefined;
  #looked = 0;
  /** When the last fetch ended, whoever asked for it. */
  #last: number;
  #notBefore = 0;
  #jitter: number;

  /** `ready` tells whether there is a password; `changed` is to be called when there is one. */
  constructor(
    surroundings: Needed,
    account: () => Account,
    { ready, fetch }: { ready: () => boolean; fetch: () => void },
  ) {
    this.#surroundings = surroundings;
    this.#account = account;
    this.#ready = ready;
    this.#fetch = fetch;
    this.#last = account().lastFetch ?? 0;
    this.#jitter = 1 + JITTER * surroundings.random();
    this.#wait();
  }

  /** A fetch has ended; the server wants so many milliseconds until another (LOGIN-DELAY). */
  fetched(pause: number): void {
    const { clock, random } = this.#surroundings;
    this.#last = clock.now();
    this.#notBefore = Math.max(this.#notBefore, this.#last + pause);
    this.#jitter = 1 + JITTER * random();
    this.#wait();
  }

  /** The network has come or gone. */
  networkChanged(): void {
    const { clock, random } = this.#surroundings;
    this.#settle(SETTLE_MS * random(), clock.now());
    this.#wait();
  }

  /** The interval has changed, or there is a password now. */
  changed(): void {
    this.#wait();
  }

  close(): void {
    this.#callOff?.();
    this.#callOff = undefined;
  }

  /** Milliseconds until it is time; infinite where there is no interval. */
  #left(now: number): number {
    const { intervalMinutes } = this.#account().policy;
    if (!(intervalMinutes > 0) || !this.#ready()) return Infinity;
    // A clock that was set back is no reason to wait for longer than the interval.
    const since = Math.min(this.#last, now) + intervalMinutes * MINUTE_MS * this.#jitter;
    return Math.max(since, this.#notBefore) - now;
  }

  #settle(milliseconds: number, now: number): void {
    this.#notBefore = Math.max(this.#notBefore, now + milliseconds);
  }

  #wait(): void {
    this.close();
    const { clock, network } = this.#surroundings;
    this.#looked = clock.now();
    const left = this.#left(this.#looked);
    if (left === Infinity) return;
    const wait = network.online() ? Math.min(left, LOOK_MS) : LOOK_MS;
    this.#callOff = clock.after(Math.max(wait, 0), () => this.#look());
  }

  #look(): void {
    const { clock, network } = this.#surroundings;
    const now = clock.now();
    if (now - this.#looked > 2 * LOOK_MS) this.#settle(SETTLE_MS, now);
    this.#callOff = undefined;
    // `fetched` is what goes on from there.
    if (network.online() && this.#left(now) <= 0) this.#fetch();
    else this.#wait();
  }
}
