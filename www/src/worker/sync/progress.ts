import type { FetchProgress } from '../mail-protocol.ts';
import type { Clock } from './types.ts';

/** Ten times a second is as often as anybody can read it. */
const INTERVAL_MS = 100;

/** The rate is that of so long. */
const RATE_MS = 3_000;

/** What is told of a fetch while it goes on, over all its sessions. */
export class Progress {
  readonly #tell: (progress: FetchProgress) => void;
  readonly #clock: Clock;
  #stage: FetchProgress['stage'] = 'connecting';
  #done = 0;
  #all = 0;
  /** Octets of messages that have come whole. */
  #received = 0;
  #expected = 0;
  /** Octets of those that are coming, by number. */
  readonly #coming = new Map<number, number>();
  /** When how many octets had come, the oldest first. */
  #samples: { at: number; received: number }[] = [];
  #told = -Infinity;
  #later: (() => void) | undefined;

  constructor(tell: (progress: FetchProgress) => void, clock: Clock) {
    this.#tell = tell;
    this.#clock = clock;
  }

  stage(stage: FetchProgress['stage']): void {
    this.#stage = stage;
    // The end of a session takes with it what was half there.
    if (stage === 'connecting') this.#coming.clear();
    this.#now();
  }

  /** So many messages are still to come, and octets. */
  expect(messages: number, octets: number): void {
    this.#all = this.#done + messages;
    this.#expected = this.#received + octets;
    this.#now();
  }

  coming(number: number, received: number): void {
    this.#coming.set(number, received);
    this.#soon();
  }

  /** A message is there: `expected` is what it was announced with, and `received` what it has. */
  came(number: number, received: number, expected: number): void {
    this.#coming.delete(number);
    this.#done += 1;
    this.#received += received;
    this.#expected += received - expected;
    this.#soon();
  }

  end(): void {
    this.#later?.();
    this.#later = undefined;
  }

  #soon(): void {
    if (this.#later) return;
    const wait = this.#told + INTERVAL_MS - this.#clock.now();
    if (wait <= 0) this.#now();
    else this.#later = this.#clock.after(wait, () => this.#now());
  }

  #now(): void {
    this.end();
    this.#told = this.#clock.now();
    let received = this.#received;
    for (const octets of this.#coming.values()) received += octets;
    this.#tell({
      stage: this.#stage,
      done: this.#done,
      all: this.#all,
      received,
      expected: Math.max(received, this.#expected),
      rate: this.#rate(received),
    });
  }

  #rate(received: number): number {
    const now = this.#told;
    this.#samples.push({ at: now, received });
    this.#samples = this.#samples.filter(({ at }) => now - at <= RATE_MS);
    const [first] = this.#samples;
    if (first === undefined || now - first.at < INTERVAL_MS) return 0;
    return Math.max(0, ((received - first.received) * 1000) / (now - first.at));
  }
}
