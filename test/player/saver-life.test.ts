import assert from 'node:assert/strict';
import { leftoversIn, makeKeep } from '../../src/player/client/kept.ts';
import { firstOf, type Commit } from '../../src/player/client/patches.ts';
import { makeSaver, type Answer } from '../../src/player/client/saver.ts';
import type { Kept, Place, Shelf } from '../../src/player/client/shelf.ts';
import type { Act } from '../../src/scorm/engine.ts';
import { makeRandom, type Random } from '../store/random.ts';

/** Time that passes as the test says, and everything that waits for it. */
function makeTime() {
  let now = 0;
  const timers: { at: number; work: () => void }[] = [];
  const later = (work: () => void, ms: number) => {
    const timer = { at: now + ms, work };
    timers.push(timer);
    return () => void (timers.includes(timer) && timers.splice(timers.indexOf(timer), 1));
  };
  const settle = async () => {
    for (let i = 0; i < 30; i++) await Promise.resolve();
  };
  return {
    now: () => now,
    later,
    wait: (ms: number) => new Promise<void>((resolve) => void later(resolve, ms)),
    async pass(ms: number) {
      const until = now + ms;
      for (;;) {
        await settle();
        timers.sort((a, b) => a.at - b.at);
        if (!timers[0] || timers[0].at > until) break;
        const { at, work } = timers.shift()!;
        now = Math.max(now, at);
        work();
      }
      now = until;
    },
  };
}
type Time = ReturnType<typeof makeTime>;

/** What attempts/commit.ts and attempts/recover.ts do, with nothing around it. */
class Server {
  launch = 0;
  seq = 0;
  earlier = new Map<number, { seq: number; over: boolean }>();
  items: string[] = [];
  place = -1;

  open(): number {
    const recorded = this.seq > 0;
    for (const one of this.earlier.values()) one.over ||= recorded;
    this.earlier.set(this.launch, { seq: this.seq, over: false });
    this.seq = 0;
    return ++this.launch;
  }

  commit(launch: number, commits: Commit[]): Answer {
    if (launch !== this.launch) return { ended: 'elsewhere' };
    for (const { seq, patch } of commits) {
      if (seq > this.seq + 1) return { expected: this.seq + 1 };
      if (seq <= this.seq) continue;
      this.#do(patch);
      this.seq = seq;
    }
    return { seq: this.seq };
  }

  recover(launch: number, commits: Commit[]): void {
    const from = this.earlier.get(launch)!;
    for (const { seq, patch } of commits) {
      if (seq <= from.seq) continue;
      assert.ok(!from.over && this.seq === 0, 'nobody else recorded anything');
      assert.equal(seq, from.seq + 1, 'nothing is missing');
      this.#do(patch);
      from.seq = seq;
    }
  }

  #do(patch: Act[]): void {
    for (const act of patch) {
      if (act.do !== 'set') continue;
      if (act.element === 'cmi.location') {
        assert.ok(Number(act.value) >= this.place, 'an older value came after a newer one');
        this.place = Number(act.value);
      } else this.items.push(act.value);
    }
  }
}

/** A browser's disk: what is being written when the tab dies is there whole, or not at all. */
function makeDisk(draw: Random, time: Time) {
  const rows = new Map<string, Kept>();
  const shelfOf = (tab: { isDead: boolean }): Shelf => ({
    all: async (name) =>
      [...rows.values()]
        .filter(({ place }) => place[0] === name)
        .sort((a, b) => a.place[1] - b.place[1] || a.place[2] - b.place[2]),
    async change(put, remove) {
      await time.wait(draw.below(draw.pick([3, 30, 1_500])));
      if (tab.isDead) return new Promise(() => {});
      for (const kept of put) rows.set(JSON.stringify(kept.place), kept);
      for (const place of remove) rows.delete(JSON.stringify(place satisfies Place));
    },
    sweep: async () => {},
  });
  return { shelfOf };
}

/** Open, for the sake of speed: seal.ts has its own tests. */
const seal = {
  close: async (text: string) => ({ iv: new Uint8Array(), data: new TextEncoder().encode(text).buffer }),
  open: async ({ data }: { data: ArrayBuffer }) => Buffer.from(data).toString(),
};

/** Milliseconds in which the slowest of these disks has written what the saver gives it at leisure. */
const slowest = 10_000;

async function life(seed: number): Promise<{ crashes: number; recovered: number; done: number }> {
  const draw = makeRandom(seed);
  const [time, server] = [makeTime(), new Server()];
  const disk = makeDisk(draw, time);
  const must = new Set<string>();
  const doneAt = new Map<string, number>();
  let [count, crashes, recovered] = [0, 0, 0];
  let network: 'up' | 'down' | 'answers are lost' | 'busy' = 'up';

  const open = async () => {
    const tab = { isDead: false };
    const drawer = { shelf: disk.shelfOf(tab), seal, name: 'att' };
    const launch = server.open();
    for (const left of await leftoversIn(drawer)) {
      const before = server.items.length;
      for (let rest = left.commits; rest.length > 0;) {
        const { batch } = firstOf(rest, { bytes: 400_000, count: 50 });
        server.recover(Number(left.launch), batch);
        rest = rest.slice(batch.length);
      }
      recovered += server.items.length - before;
      const gone = left.forget();
      await time.pass(2_000);
      await gone;
    }
    let acts: Act[] = [];
    const saver = makeSaver({
      seq: 0,
      take: () => acts.splice(0),
      keep: makeKeep(drawer, String(launch), crashes),
      async send(commits) {
        const how = network;
        await time.wait(draw.below(draw.pick([5, 300, 3_000])));
        if (how === 'down') throw new TypeError('Failed to fetch');
        if (how === 'busy') return { wait: 2 };
        // A server that is killed has taken some of them.
        const answer = server.commit(
          launch,
          how === 'up' ? commits : commits.slice(0, 1 + draw.below(commits.length)),
        );
        if (how === 'answers are lost') throw new TypeError('Failed to fetch');
        if (!tab.isDead) await time.wait(draw.below(100));
        return tab.isDead ? new Promise(() => {}) : answer;
      },
      changed: () => {},
      now: time.now,
      later: time.later,
    });
    /** Everything the disk has, at this moment. */
    const onDisk = async () =>
      (await leftoversIn(drawer))
        .filter((left) => left.launch === String(launch))
        .flatMap(({ commits }) => commits.flatMap(({ patch }) => patch));
    return { tab, saver, acts: (more: Act[]) => void (acts = [...acts, ...more]), onDisk };
  };

  let now = await open();
  for (let step = 0; step < 150; step++) {
    await time.pass(draw.below(draw.pick([20, 400, 4_000, 20_000])));
    const before = network;
    if (draw.chance(12)) network = draw.pick(['up', 'down', 'down', 'answers are lost', 'busy'] as const);
    // The moment the network is back is when much happens at once.
    const isBack = before === 'down' && network !== 'down';
    if (isBack) await time.pass(draw.below(15_000));
    if (draw.chance(15)) now.saver.flush();
    if (draw.chance(20)) now.saver.retry(draw.chance(2));
    if (draw.chance(isBack ? 2 : 25)) {
      crashes += 1;
      now.tab.isDead = true;
      for (const act of await now.onDisk())
        if (act.do === 'set' && act.element !== 'cmi.location') must.add(act.value);
      for (const item of server.items) must.add(item);
      for (const [item, at] of doneAt) if (time.now() - at > slowest) must.add(item);
      doneAt.clear();
      // What is on its way arrives, or not, before the learner comes back.
      if (draw.chance(2)) await time.pass(5_000);
      now = await open();
      continue;
    }
    const value = String((count += 1));
    const large = draw.chance(4) ? 'x'.repeat(draw.below(150_000)) : '';
    const set = (element: string, text: string): Act => ({ do: 'set', activity: 'a', element, value: text });
    now.acts([
      set(`cmi.objectives.${count}.id`, value),
      ...(large ? [set(`cmi.interactions.${count}.description`, value + large)] : []),
      set('cmi.location', value),
      { do: 'commit', activity: 'a' },
    ]);
    doneAt.set(value, time.now());
    now.saver.notice(draw.chance(2));
  }
  network = 'up';
  await time.pass(60_000);
  assert.equal(now.saver.state(), 'saved');
  for (const item of must) assert.ok(server.items.includes(item), `lost: ${item.slice(0, 20)}`);
  assert.equal(new Set(server.items).size, server.items.length, 'nothing twice');
  const order = server.items.map((item) => parseInt(item, 10));
  assert.deepEqual(
    order,
    order.toSorted((a, b) => a - b),
  );
  return { crashes, recovered, done: server.items.length };
}

/** LIVES: more of them, for the patient. */
const lives = Number(process.env['LIVES'] ?? 8);

describe('a learner whose network, server and tab fail at random', () => {
  it('loses nothing that had reached the server or the disk, and nothing comes twice or too late', async function () {
    this.timeout(60_000 + 5_000 * lives);
    const sum = { crashes: 0, recovered: 0, done: 0 };
    for (let seed = 1; seed <= lives; seed++) {
      const { crashes, recovered, done } = await life(seed).catch((error: Error) => {
        error.message = `seed ${seed}: ${error.message}`;
        throw error;
      });
      sum.crashes += crashes;
      sum.recovered += recovered;
      sum.done += done;
    }
    assert.ok(sum.crashes > 20 && sum.recovered > 20, JSON.stringify(sum));
  });
});
