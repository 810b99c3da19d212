/** Two races that end with a winner each: for a place that a unique index keeps for one, and for a job that is claimed once. */
import assert from 'node:assert/strict';
import type mongoose from 'mongoose';
import { isRefusal } from './refusal.ts';
import type { Random } from '../random.ts';

type Seat = { _id: number; place: number };
type Job = { _id: number; at: number; by?: number };
type Told = 'done' | 'nothing' | 'unanswered';

export class Places {
  readonly #took = new Map<number, Told>();
  readonly #left = new Map<number, Told>();
  readonly #jobs = new Map<number, { told: Told; batch: number[] }>();
  readonly #claims = new Map<number, { told: Told; job?: number }>();
  #asking = 0;

  async open(db: mongoose.mongo.Db): Promise<void> {
    await db.collection('seats').createIndex({ place: 1 }, { unique: true });
    await db.collection('jobs').createIndex({ by: 1, at: 1 });
  }

  async one(
    db: mongoose.mongo.Db,
    random: Random,
    number: () => number,
    state: { isDead: boolean },
  ): Promise<void> {
    const id = number();
    try {
      await random.pick([
        () => this.#take(db.collection<Seat>('seats'), id, random.below(5)),
        () => this.#leave(db.collection<Seat>('seats'), random.below(5)),
        () => this.#claim(db.collection<Job>('jobs'), id),
        () => this.#claim(db.collection<Job>('jobs'), id),
        () => this.#add(db.collection<Job>('jobs'), [id, number(), number()], random.below(1000)),
      ])();
    } catch (error) {
      if (!state.isDead || isRefusal(error)) throw error;
    }
  }

  async #take(seats: mongoose.mongo.Collection<Seat>, _id: number, place: number): Promise<void> {
    this.#took.set(_id, 'unanswered');
    try {
      await seats.insertOne({ _id, place });
      this.#took.set(_id, 'done');
    } catch (error) {
      if (!isRefusal(error) || error.code !== 11000) throw error;
      this.#took.set(_id, 'nothing');
    }
  }

  async #leave(seats: mongoose.mongo.Collection<Seat>, place: number): Promise<void> {
    const asking = --this.#asking; // whom it will meet it does not know
    this.#left.set(asking, 'unanswered');
    const left = await seats.findOneAndDelete({ place });
    this.#left.delete(asking);
    if (!left) return;
    assert.ok(!this.#left.has(left._id), `seat ${left._id} was left twice`);
    this.#left.set(left._id, 'done');
  }

  async #add(jobs: mongoose.mongo.Collection<Job>, batch: number[], at: number): Promise<void> {
    for (const id of batch) this.#jobs.set(id, { told: 'unanswered', batch });
    await jobs.insertMany(batch.map((_id) => ({ _id, at })));
    for (const id of batch) this.#jobs.set(id, { told: 'done', batch });
  }

  async #claim(jobs: mongoose.mongo.Collection<Job>, by: number): Promise<void> {
    this.#claims.set(by, { told: 'unanswered' });
    const job = await jobs.findOneAndUpdate(
      { by: { $exists: false } },
      { $set: { by } },
      { sort: { at: 1 } },
    );
    this.#claims.set(by, job ? { told: 'done', job: job._id } : { told: 'nothing' });
  }

  /** What is there now is what the answers allow. */
  async check(db: mongoose.mongo.Db): Promise<void> {
    const [seats, jobs] = [
      await db.collection<Seat>('seats').find().toArray(),
      await db.collection<Job>('jobs').find().toArray(),
    ];
    assert.equal(new Set(seats.map(({ place }) => place)).size, seats.length, 'nobody shares a place');
    const sitting = new Set(seats.map(({ _id }) => _id));
    let lost = [...this.#left.values()].filter((told) => told === 'unanswered').length;
    for (const id of sitting) {
      assert.ok(
        this.#took.get(id) === 'done' || this.#took.get(id) === 'unanswered',
        `${id} sits without a seat`,
      );
      assert.notEqual(this.#left.get(id), 'done', `${id} sits where it left`);
    }
    for (const [id, told] of this.#took)
      if (told === 'done' && !sitting.has(id) && !this.#left.has(id)) lost--;
    assert.ok(lost >= 0, `${-lost} seats were taken and are gone`);
    for (const id of this.#left.keys())
      if (id >= 0) assert.notEqual(this.#took.get(id), 'nothing', `${id} left a seat it never had`);
    this.#checkJobs(new Map(jobs.map((job) => [job._id, job])));
  }

  #checkJobs(jobs: Map<number, Job>): void {
    for (const [id, { told, batch }] of this.#jobs) {
      if (told === 'done') assert.ok(jobs.has(id), `job ${id} is gone`);
      const [before] = batch.slice(0, batch.indexOf(id)).slice(-1);
      if (jobs.has(id) && before !== undefined)
        assert.ok(jobs.has(before), 'a batch is kept from its beginning');
    }
    const takenBy = new Map<number, number>();
    for (const [by, { told, job }] of this.#claims) {
      if (told !== 'done') continue;
      assert.ok(!takenBy.has(job!), `job ${job} was claimed by ${takenBy.get(job!)} and ${by}`);
      takenBy.set(job!, by);
      assert.equal(jobs.get(job!)?.by, by, `job ${job} forgot who claimed it`);
    }
    const claims = [...jobs.values()].flatMap(({ by }) => (by === undefined ? [] : [by]));
    assert.equal(new Set(claims).size, claims.length, 'a claim takes one job');
    for (const by of claims)
      assert.notEqual(
        this.#claims.get(by)?.told ?? 'nothing',
        'nothing',
        `claim ${by} took a job and was told that there is none`,
      );
  }
}
