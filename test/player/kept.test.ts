import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { leftoversIn, makeKeep } from '../../src/player/client/kept.ts';
import { condense, type Commit } from '../../src/player/client/patches.ts';
import { makeSeal, type Seal } from '../../src/player/client/seal.ts';
import type { Kept, Place, Shelf } from '../../src/player/client/shelf.ts';
import { keepFor } from '../../src/player/keep.ts';
import { carriedFrom, newState, apply, progressOf } from '../../src/scorm/player.ts';
import type { Act } from '../../src/scorm/engine.ts';
import { course12, course2004, sco } from '../scorm/courses.ts';
import { makeRandom, type Random } from '../store/random.ts';

const set = (element: string, value: string, activity = 'a'): Act => ({
  do: 'set',
  activity,
  element,
  value,
});
const commit = (seq: number, value = String(seq)): Commit => ({
  seq,
  patch: [set('cmi.suspend_data', value)],
});

/** A browser's storage, with a look at what a stranger would see. */
function makeShelf() {
  const rows = new Map<string, Kept>();
  const writings: { put: number; removed: number }[] = [];
  let broken = false;
  const key = (place: Place) => JSON.stringify(place);
  const shelf: Shelf = {
    all: async (name) =>
      [...rows.values()]
        .filter(({ place }) => place[0] === name)
        .sort((a, b) => a.place[1] - b.place[1] || a.place[2] - b.place[2]),
    async change(put, remove) {
      if (broken) throw new DOMException('full', 'QuotaExceededError');
      for (const kept of put) rows.set(key(kept.place), kept);
      for (const place of remove) rows.delete(key(place));
      writings.push({ put: put.length, removed: remove.length });
    },
    sweep: async () => {},
  };
  return { shelf, rows, writings, breaks: (now: boolean) => (broken = now) };
}

const secret = randomBytes(32);
async function drawer(shelf: Shelf, attempt = 'att_1') {
  const { key, name } = keepFor(secret, attempt);
  return { shelf, name, seal: (await makeSeal(key, name))! };
}

describe('what is kept in a browser', () => {
  it('is found again by the next opening of the same attempt, launch by launch, in its order', async () => {
    const { shelf } = makeShelf();
    await makeKeep(await drawer(shelf), 'lch_2', 200)([commit(1), commit(2)], false);
    await makeKeep(await drawer(shelf), 'lch_1', 100)([commit(9), commit(10), commit(11)], false);
    const found = await leftoversIn(await drawer(shelf));
    assert.deepEqual(
      found.map(({ launch, commits, told }) => ({ launch, commits, told })),
      [
        { launch: 'lch_1', commits: [commit(9), commit(10), commit(11)], told: false },
        { launch: 'lch_2', commits: [commit(1), commit(2)], told: false },
      ],
    );
    await found[0]!.forget();
    assert.deepEqual(
      (await leftoversIn(await drawer(shelf))).map(({ launch }) => launch),
      ['lch_2'],
    );
  });

  it('is what is not acknowledged yet, and writes only what has changed', async () => {
    const { shelf, rows, writings } = makeShelf();
    const keep = makeKeep(await drawer(shelf), 'lch_1', 1);
    const [one, two] = [commit(1), commit(2)];
    await keep([], false);
    assert.deepEqual(writings, []);
    await keep([one, two], false);
    await keep([one, two], false);
    await keep([one, two, commit(3, 'first')], false);
    await keep([two, commit(3, 'then')], false);
    assert.deepEqual(writings, [
      { put: 2, removed: 0 },
      { put: 1, removed: 0 },
      { put: 1, removed: 1 },
    ]);
    const [left] = await leftoversIn(await drawer(shelf));
    assert.deepEqual(left!.commits, [two, commit(3, 'then')]);
    await keep([], false);
    assert.equal(rows.size, 0);
  });

  it('remembers that the learner was told that it would not be saved', async () => {
    const { shelf } = makeShelf();
    const keep = makeKeep(await drawer(shelf), 'lch_1', 1);
    const one = commit(1);
    await keep([one], false);
    await keep([one], true);
    await keep([one], true);
    const [left] = await leftoversIn(await drawer(shelf));
    assert.deepEqual([left!.told, left!.commits], [true, [one]]);
    await left!.forget();
    assert.deepEqual(await leftoversIn(await drawer(shelf)), []);
  });

  it('is tried again whole when it could not be written', async () => {
    const { shelf, breaks } = makeShelf();
    const keep = makeKeep(await drawer(shelf), 'lch_1', 1);
    const one = commit(1);
    breaks(true);
    await assert.rejects(keep([one], false), { name: 'QuotaExceededError' });
    breaks(false);
    await keep([one], false);
    assert.deepEqual((await leftoversIn(await drawer(shelf)))[0]!.commits, [one]);
  });

  it('is bounded: where too much is waiting, what was first is kept', async () => {
    const { shelf } = makeShelf();
    const keep = makeKeep(await drawer(shelf), 'lch_1', 1);
    const large = Array.from({ length: 20 }, (_, i) => commit(i + 1, 'x'.repeat(1_000_000)));
    await keep(large, false);
    const [left] = await leftoversIn(await drawer(shelf));
    assert.ok(left!.commits.length >= 10 && left!.commits.length <= 16, `${left!.commits.length}`);
    assert.deepEqual(left!.commits, large.slice(0, left!.commits.length));
  });

  it('says nothing to a stranger: not whose it is, nor what', async () => {
    const { shelf, rows } = makeShelf();
    await makeKeep(await drawer(shelf, 'att_secret'), 'lch_secret', 1)([commit(1, 'private')], false);
    for (const { place, sealed } of rows.values()) {
      const seen = JSON.stringify(place) + Buffer.from(sealed.data).toString('latin1');
      assert.doesNotMatch(seen, /att_|lch_|private|suspend/);
    }
  });

  const forgeries: [name: string, forge: (kept: Kept, other: Seal) => Promise<Kept['sealed']>][] = [
    ['of another key', (_, other) => other.close('{"launch":"lch_1","seq":1,"patch":[]}')],
    [
      'with one bit changed',
      async ({ sealed }) => {
        const data = new Uint8Array(sealed.data.slice(0));
        data[0]! ^= 1;
        return { iv: sealed.iv, data: data.buffer };
      },
    ],
    ['cut short', async ({ sealed }) => ({ iv: sealed.iv, data: sealed.data.slice(0, 20) })],
    ['of nothing', async () => ({ iv: new Uint8Array(12), data: new ArrayBuffer(0) })],
    ['that is none', async () => ({}) as Kept['sealed']],
  ];
  for (const [name, forge] of forgeries) {
    it(`passes over a record ${name}, and finds the others`, async () => {
      const { shelf } = makeShelf();
      const mine = await drawer(shelf, 'att_1');
      await makeKeep(mine, 'lch_1', 1)([commit(1), commit(2)], false);
      const [first] = await shelf.all(mine.name);
      const other = (await drawer(shelf, 'att_2')).seal;
      await shelf.change([{ place: first!.place, sealed: await forge(first!, other) }], []);
      assert.deepEqual((await leftoversIn(mine))[0]!.commits, [commit(2)]);
    });
  }

  it('cannot be carried from one attempt to another with its name', async () => {
    const { shelf } = makeShelf();
    const [mine, theirs] = [await drawer(shelf, 'att_1'), await drawer(shelf, 'att_2')];
    await makeKeep(mine, 'lch_1', 1)([commit(1)], false);
    const [kept] = await shelf.all(mine.name);
    await shelf.change([{ place: [theirs.name, 1, 1], sealed: kept!.sealed }], []);
    assert.deepEqual(await leftoversIn(theirs), []);
    // Nor is the key alone enough: the name is sealed in.
    const { key } = keepFor(secret, 'att_1');
    const renamed = (await makeSeal(key, theirs.name))!;
    await assert.rejects(renamed.open(kept!.sealed));
  });
});

describe('what waits for a network', () => {
  it('keeps the last of the values, and the last Commit, between the same ends', () => {
    const table: [name: string, acts: Act[], kept: number[]][] = [
      ['nothing', [], []],
      ['another value', [set('x', '1'), set('x', '2')], [1]],
      ['other elements', [set('x', '1'), set('y', '1'), set('x', '2')], [1, 2]],
      ['another activity', [set('x', '1', 'a'), set('x', '2', 'b')], [0, 1]],
      ['items of lists', [set('x.0.id', '1'), set('x.0.id', '2')], [0, 1]],
      ['Commits', [{ do: 'commit', activity: 'a' }, set('x', '1'), { do: 'commit', activity: 'a' }], [1, 2]],
      ['a Terminate between', [set('x', '1'), { do: 'terminate', activity: 'a' }, set('x', '2')], [0, 1, 2]],
      [
        'an Initialize between',
        [set('x', '1'), { do: 'initialize', activity: 'a' }, set('x', '2')],
        [0, 1, 2],
      ],
    ];
    for (const [name, acts, kept] of table)
      assert.deepEqual(
        condense(acts),
        kept.map((i) => acts[i]),
        name,
      );
  });

  it('comes to the same as if everything had been sent, whatever a course did', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const draw = makeRandom(seed);
      const is12 = seed % 2 === 0;
      const definition = (is12 ? course12 : course2004)(sco('a'), sco('b'));
      const acts = Array.from({ length: 60 }, (_, i) => anAct(draw, is12, i));
      const settings = { learner: { id: '', name: '' }, mode: 'normal' as const };
      const [all, few] = [acts, condense(acts)].map((list) => {
        const { state } = apply(definition, newState(definition, 1), settings, list);
        return [state.activities, progressOf(definition, state), carriedFrom(definition, state)];
      });
      assert.deepEqual(few, all, `seed ${seed}`);
      assert.ok(condense(acts).length < acts.length);
    }
  });
});

/** Something a course may do, mostly what it may. */
function anAct(draw: Random, is12: boolean, seconds: number): Act {
  const activity = draw.pick(['a', 'a', 'a', 'b']);
  const value = String(draw.below(5));
  const elements = is12
    ? ['cmi.core.lesson_location', 'cmi.suspend_data', 'cmi.core.score.raw', 'cmi.objectives.0.id']
    : ['cmi.location', 'cmi.suspend_data', 'cmi.score.raw', 'cmi.interactions.0.id'];
  return draw.pick<Act>([
    { do: 'open', activity },
    { do: 'initialize', activity },
    { do: 'initialize', activity },
    ...elements.flatMap((element) => Array.from({ length: 4 }, () => set(element, value, activity))),
    { do: 'commit', activity, ms: seconds * 1000 },
    { do: 'commit', activity, ms: seconds * 1000 },
    { do: 'terminate', activity },
  ]);
}
