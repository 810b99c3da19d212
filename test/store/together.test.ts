import assert from 'node:assert/strict';
import { Schema } from 'mongoose';
import type { Context } from '../../src/context.ts';
import { isDuplicate, modelOf } from '../../src/store/mongo.ts';
import { changeTogether, findTogether, insertTogether, listTogether } from '../../src/store/together.ts';
import { openWorld } from '../support/world.ts';

type Place = { _id: string; town: string; street: string; note?: string };
const schema = new Schema<Place>({ _id: String, town: String, street: String, note: String });
schema.index({ town: 1, street: 1 }, { unique: true });
const places = modelOf<Place>('together_places', schema);

describe('what is asked together', () => {
  let ctx: Context;
  let close: () => Promise<void>;
  let commands: string[];

  before(async () => {
    ({ ctx, close } = await openWorld());
  });
  after(() => close());
  beforeEach(async () => {
    await places(ctx.db).deleteMany({});
    commands = watch(places(ctx.db).collection);
  });

  const place = (_id: string, town = 'Bern', street = _id): Place => ({ _id, town, street });

  it('is one command, and each gets its own', async () => {
    await Promise.all(['a', 'b', 'c'].map((id) => insertTogether(places(ctx.db), place(id))));
    const found = await Promise.all(
      ['c', 'none', 'a', 'c'].map((_id) => findTogether(places(ctx.db), { _id })),
    );
    assert.deepEqual(
      found.map((one) => one?._id),
      ['c', undefined, 'a', 'c'],
    );
    assert.deepEqual(commands, ['insertMany', 'find']);
  });

  it('may be found by several fields, whatever stands in them', async () => {
    await insertTogether(places(ctx.db), place('a', 'x","y', 'z'));
    await insertTogether(places(ctx.db), place('b', 'x', 'y","z'));
    const keys = [
      { town: 'x","y', street: 'z' },
      { town: 'x', street: 'y","z' },
      { town: 'x', street: 'z' },
    ];
    const found = await Promise.all(keys.map((key) => findTogether(places(ctx.db), key)));
    assert.deepEqual(
      found.map((one) => one?._id),
      ['a', 'b', undefined],
    );
  });

  it('may be several documents of one key, without the rest of them', async () => {
    for (const [id, town] of [
      ['a', 'Bern'],
      ['b', 'Bern'],
      ['c', 'Rome'],
    ] as const)
      await insertTogether(places(ctx.db), { ...place(id, town), note: 'long' });
    commands.length = 0;
    const found = await Promise.all(
      ['Bern', 'Rome', 'Oslo', 'Bern'].map((town) => listTogether(places(ctx.db), { town }, ['street'])),
    );
    assert.deepEqual(
      found.map((list) => list.map((one) => one.street).sort()),
      [['a', 'b'], ['c'], [], ['a', 'b']],
    );
    assert.deepEqual(Object.keys(found[1]![0]!).sort(), ['_id', 'street', 'town']);
    assert.deepEqual(commands, ['find']);
  });

  it('sees what was acknowledged before it was asked', async () => {
    const early = findTogether(places(ctx.db), { _id: 'new' });
    await insertTogether(places(ctx.db), place('new'));
    await early;
    assert.equal((await findTogether(places(ctx.db), { _id: 'new' }))?.street, 'new');
    await places(ctx.db).updateOne({ _id: 'new' }, { $set: { street: 'changed' } });
    assert.equal((await findTogether(places(ctx.db), { _id: 'new' }))?.street, 'changed');
  });

  it('refuses a double alone, and stores the rest', async () => {
    const ids = ['a', 'b', 'a', 'c'];
    const outcomes = await Promise.allSettled(ids.map((id) => insertTogether(places(ctx.db), place(id))));
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
    );
    const { reason } = outcomes[2] as PromiseRejectedResult;
    assert.ok(reason instanceof Error && isDuplicate(reason));
    assert.equal(await places(ctx.db).countDocuments({}), 3);
  });

  describe('as changes', () => {
    const rename = (_id: string, from: string, to: string) =>
      changeTogether(places(ctx.db), { _id, street: from }, { $set: { street: to } });
    const streets = async () =>
      (await places(ctx.db).find({}).sort({ _id: 1 }).lean()).map((one) => one.street);
    beforeEach(async () => {
      await Promise.all(['a', 'b', 'c'].map((id) => insertTogether(places(ctx.db), place(id))));
      commands.length = 0;
    });

    it('is one command, and each is told that it is done', async () => {
      const done = await Promise.all(['a', 'b', 'c'].map((id) => rename(id, id, `${id}1`)));
      assert.deepEqual(done, [true, true, true]);
      assert.deepEqual(await streets(), ['a1', 'b1', 'c1']);
      assert.deepEqual(commands, ['bulkWrite', 'find']);
    });

    it('is not sure of any where one is not as it was expected to be, and done where it could be', async () => {
      const done = await Promise.all([
        rename('a', 'a', 'a1'),
        rename('b', 'other', 'b1'),
        rename('c', 'c', 'c1'),
      ]);
      assert.deepEqual(done, [false, false, false]);
      assert.deepEqual(await streets(), ['a1', 'b', 'c1']);
      assert.equal(await rename('b', 'other', 'b1'), false);
      assert.equal(await rename('b', 'b', 'b1'), true);
    });

    it('is done once of several that expect the same', async () => {
      const done = await Promise.all(['x', 'y', 'z'].map((to) => rename('a', 'a', to)));
      assert.deepEqual(done, [false, false, false]);
      assert.ok(['x', 'y', 'z'].includes((await streets())[0]!));
    });

    it('fails for the one that cannot be, and the others look again', async () => {
      const outcomes = await Promise.allSettled([
        rename('a', 'a', 'a1'),
        changeTogether(places(ctx.db), { _id: 'b' }, { $set: { town: 'Bern', street: 'c' } }),
      ]);
      assert.deepEqual(outcomes[0], { status: 'fulfilled', value: false });
      assert.ok(isDuplicate((outcomes[1] as PromiseRejectedResult).reason));
      assert.deepEqual(await streets(), ['a1', 'b', 'c']);
    });
  });

  it('goes in bundles of thirty-two', async () => {
    const ids = Array.from({ length: 450 }, (_, i) => `p${i}`);
    await Promise.all(ids.map((id) => insertTogether(places(ctx.db), place(id))));
    assert.equal(commands.length, 15);
    const found = await Promise.all(ids.map((_id) => findTogether(places(ctx.db), { _id })));
    assert.deepEqual(
      found.map((one) => one?._id),
      ids,
    );
  });

  it('leaves out what has no value', async () => {
    await insertTogether(places(ctx.db), { ...place('a'), note: undefined });
    assert.ok(!('note' in (await findTogether(places(ctx.db), { _id: 'a' }))!));
  });

  it('takes no operator for a key', async () => {
    assert.throws(() => findTogether(places(ctx.db), { _id: { $ne: null } } as never), /must be a text/);
  });

  it('fails for all when the store does', async () => {
    const { collection } = places(ctx.db);
    const { insertMany } = collection;
    collection.insertMany = () => Promise.reject(new Error('the store is gone'));
    const outcomes = await Promise.allSettled(
      ['a', 'b'].map((id) => insertTogether(places(ctx.db), place(id))),
    );
    collection.insertMany = insertMany;
    assert.deepEqual(
      outcomes.map((one) => (one as PromiseRejectedResult).reason.message),
      ['the store is gone', 'the store is gone'],
    );
  });
});

/** The names of the commands that go to a collection from now on. */
function watch(collection: object): string[] {
  const names: string[] = [];
  const watched = collection as Record<string, (...given: unknown[]) => unknown>;
  for (const name of ['find', 'insertMany', 'bulkWrite']) {
    delete watched[name];
    const real = watched[name]!.bind(collection);
    watched[name] = (...given) => (names.push(name), real(...given));
  }
  return names;
}
