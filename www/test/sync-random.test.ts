/** Random mailboxes, policies, breaks and deaths of tabs: nothing lost, nothing twice. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { FetchPolicy } from '../src/worker/mail-protocol.ts';
import { dueOnServer } from '../src/worker/sync/policy.ts';
import { MailServer, letter, loadModules, type Break } from './mail-server.ts';
import {
  CREDENTIALS,
  HastyClock,
  POLICY,
  World,
  anAccount,
  subjectOf,
  type Tab,
} from './sync-world.ts';

before(loadModules);

const DAY = 24 * 3_600_000;
const ROUNDS = 6;

/** Random numbers that a seed repeats (mulberry32). */
function randomness(seed: number) {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  const chance = (share: number): boolean => next() < share;
  const one = <T>(choices: readonly T[]): T => {
    const choice = choices[below(choices.length)];
    assert.ok(choice !== undefined);
    return choice;
  };
  return { below, chance, one };
}

class Play {
  readonly seed: number;
  readonly random: ReturnType<typeof randomness>;
  readonly server = new MailServer();
  readonly world: World;
  readonly clock = new HastyClock();
  policy: FetchPolicy;
  tabs: Tab[] = [];
  letters = 0;
  /** Tags of all that ever was delivered. */
  readonly delivered: string[] = [];
  /** Tags that somebody else deleted. */
  readonly deletedElsewhere = new Set<string>();

  constructor(seed: number) {
    this.seed = seed;
    this.random = randomness(seed);
    const { chance } = this.random;
    this.server.uidl = chance(0.75);
    this.server.top = chance(0.9);
    if (chance(0.3)) this.server.capabilities = ['USER', 'UIDL', 'TOP'];
    this.world = new World(this.server, this.clock);
    this.policy = this.#policy();
    this.server.onMark = (message) => this.#checkMark(subjectOf(message.octets), message.octets);
  }

  #policy(): FetchPolicy {
    const { one, chance } = this.random;
    return {
      ...POLICY,
      what: one(['whole', 'whole', 'headers']),
      ...(chance(0.3) && { sizeLimit: 1_000 }),
      onServer: one([{ kind: 'keep' }, { kind: 'delete' }, { kind: 'days', days: 3 }]),
    };
  }

  /** A DELE has come: is the message stored whole, or did the user want it to go? */
  #checkMark(tag: string, octets: string): void {
    const stored = [...this.world.storage.stored.values()].find(
      (one) => subjectOf(one.octets) === tag,
    );
    const known = this.world.storage.servers.get('a')?.find(({ id }) => id === stored?.id);
    assert.ok(stored, `seed ${this.seed}: ${tag} is deleted unseen`);
    assert.ok(known && dueOnServer(this.policy, known, this.clock.now()), `${tag} is not due`);
    if (!known.pending) assert.equal(stored.octets, octets, `${tag} is not whole`);
  }

  /** What happens between fetches. */
  async meddle(): Promise<void> {
    const { below, chance, one } = this.random;
    for (let count = below(5); count > 0; count -= 1) {
      const tag = `m${(this.letters += 1)}`;
      const message = letter(tag, one([0, 100, 3_000]));
      if (chance(0.1)) message.uid = one(['', 'same']);
      this.server.messages.splice(below(this.server.messages.length + 1), 0, message);
      this.delivered.push(tag);
    }
    if (chance(0.15) && this.server.messages.length > 0) {
      const [gone] = this.server.messages.splice(below(this.server.messages.length), 1);
      if (gone) this.deletedElsewhere.add(subjectOf(gone.octets));
    }
    for (const { seen } of await this.world.storage.onServer('a')) {
      if (chance(0.15)) await this.world.storage.setPending('a', [seen], chance(0.7));
    }
    if (chance(0.2)) this.server.uidl = !this.server.uidl;
    if (chance(0.2)) this.policy = this.#policy();
    await this.world.storage.addAccount(anAccount(this.policy));
    this.clock.time += below(3 * DAY);
  }

  /** Breaks sessions at random places, some so often that the fetch gives up. */
  misbehave(): void {
    const { chance, one, below } = this.random;
    let left = below(8);
    const share = one([0.02, 0.1, 0.4]);
    this.server.breaks = () => {
      if (left === 0 || !chance(share)) return undefined;
      left -= 1;
      return one<Break>(['before', 'after', 'middle']);
    };
    let full = chance(0.15) ? below(3) : -1;
    this.world.storage.beforeAdd = () => {
      if (full === 0) throw new DOMException('full', 'QuotaExceededError');
      full -= 1;
    };
  }

  behave(): void {
    this.server.breaks = () => undefined;
    this.server.holds = () => undefined;
    this.world.storage.beforeAdd = () => {};
    this.server.uidl = true;
    this.server.top = true;
  }

  async round(): Promise<void> {
    const { chance, one } = this.random;
    await this.meddle();
    this.misbehave();
    while (this.tabs.length < 2) await this.open();
    const [leader] = this.tabs;
    const fetching = one(this.tabs).sync.fetch('a');
    const dies = chance(0.3);
    if (dies && leader) {
      // At a random command, which is as good as at a random time.
      let commands = this.random.below(25);
      let died = (): void => {};
      const dead = new Promise<void>((resolve) => (died = resolve));
      const kill = (): void => {
        leader.kill();
        died();
      };
      this.server.holds = () => {
        if (commands-- === 0) kill();
        return undefined;
      };
      await Promise.race([fetching, dead]);
      this.server.holds = () => undefined;
      leader.kill();
      this.tabs = this.tabs.filter((tab) => tab !== leader);
      // Whoever takes over may be at it by himself; then this joins.
      for (const tab of this.tabs) await tab.sync.fetch('a');
    } else {
      if (chance(0.1)) one(this.tabs).sync.stopFetching('a');
      await fetching;
    }
  }

  async open(): Promise<void> {
    const tab = this.world.tab();
    this.tabs.push(tab);
    tab.sync.accountsChanged();
    tab.sync.onCredentials('a', CREDENTIALS);
    await new Promise((next) => setImmediate(next));
  }

  check(): void {
    const { seed } = this;
    const subjects = this.world.subjects();
    assert.equal(new Set(subjects).size, subjects.length, `seed ${seed}: twice in ${subjects}`);
  }

  /** After a fetch that nothing disturbs, all is as it should be. */
  async checkEnd(): Promise<void> {
    const { seed } = this;
    this.behave();
    const [tab] = this.tabs;
    assert.ok(tab);
    const outcome = await tab.sync.fetch('a');
    assert.ok(outcome.ok, `seed ${seed}: ${JSON.stringify(outcome)}`);
    assert.deepEqual([outcome.value.notDeleted, outcome.value.unsure], [0, 0]);
    this.check();
    const subjects = new Set(this.world.subjects());
    for (const tag of this.delivered) {
      const lost = !subjects.has(tag) && !this.deletedElsewhere.has(tag);
      assert.ok(!lost, `seed ${seed}: ${tag} is lost`);
    }
    // What is known to be on the server is what is there, and nothing of that is due.
    const known = await this.world.storage.onServer('a');
    const tags = known.map(({ id }) =>
      subjectOf(this.world.storage.stored.get(id ?? 0)?.octets ?? ''),
    );
    const there = this.server.messages.map(({ octets }) => subjectOf(octets));
    assert.deepEqual(tags.sort(), there.sort(), `seed ${seed}`);
    const now = this.clock.now();
    for (const message of known) assert.ok(!dueOnServer(this.policy, message, now));
  }
}

test('whatever breaks, no message is lost, none comes twice, and none goes before it is stored', async () => {
  for (let seed = 1; seed <= 150; seed += 1) {
    const play = new Play(seed);
    for (let round = 0; round < ROUNDS; round += 1) {
      await play.round();
      play.check();
    }
    await play.checkEnd();
    for (const tab of play.tabs) tab.kill();
  }
});
