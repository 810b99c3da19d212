/**
 * Is there an order in which what many clients saw could have happened one after another? Every write leaves its number
 * in the `log` of the document it changes, so that a document tells its own history; a document's `life` is the number
 * of the write that made it. What was never answered may have happened or not, but wholly.
 */
import assert from 'node:assert/strict';
import { matches, type Filter } from './list.ts';
import { plain, updated, type Update } from './update.ts';

/** A document with a history. */
export type Lived = { [field: string]: unknown; _id: number; life: number; v: number; log: number[] };

export type Event = {
  /** The number it leaves in what it writes. */
  id: number;
  /** The `_id` that it is about. */
  doc: number;
  kind: 'insert' | 'update' | 'upsert' | 'delete' | 'read';
  update?: Update;
  condition?: Filter;
  /** Ticks of one clock: when it was sent, when it was answered, or when the store that could have done it was dead. */
  start: number;
  end: number;
  /** Done: `seen` is the document as it was then, if the answer had it. Nothing: there was none, or one was in the way. */
  outcome: 'done' | 'nothing' | 'unanswered';
  seen?: Lived;
};

type Life = { id: number; log: number[]; states: Lived[]; deletes: Event[] };

/** @throws AssertionError when there is no such order; `final` is what is there at the end, `ended` the time then */
export function explain(events: readonly Event[], final: readonly Lived[], ended: number): void {
  for (const doc of new Set(events.map((event) => event.doc))) {
    const reads: Event[] = final
      .filter(({ _id }) => _id === doc)
      .map((seen) => ({ id: -1, doc, kind: 'read', start: ended, end: ended, outcome: 'done', seen }));
    if (!reads.length)
      reads.push({ id: -1, doc, kind: 'read', start: ended, end: ended, outcome: 'nothing' });
    explainOne([...events.filter((event) => event.doc === doc), ...reads]);
  }
}

function explainOne(events: Event[]): void {
  const byId = new Map(events.filter(({ id }) => id >= 0).map((event) => [event.id, event]));
  const lives = livesOf(events, byId);
  const places = new Map<number, number>();
  for (const life of lives.values()) {
    for (const id of life.log) {
      assert.ok(!places.has(id), `write ${id} happened twice`);
      places.set(id, life.id);
    }
    inOrder(life, byId);
  }
  for (const event of events) {
    if (event.outcome === 'unanswered') continue;
    if (event.outcome === 'done' && event.kind !== 'read' && event.kind !== 'delete') {
      // A life of which nobody saw the end may have taken the write with it.
      if (!places.has(event.id)) {
        assert.ok(!event.seen && mayBeForgotten(events), `write ${event.id} was acknowledged and is gone`);
      }
    }
    if (event.outcome === 'nothing') explainNothing(event, [...lives.values()], byId);
    if (event.seen) explainSeen(event, lives.get(event.seen.life)!, byId);
  }
  apart([...lives.values()], byId);
}

/** Somebody removed a document and was never told which. */
function mayBeForgotten(events: Event[]): boolean {
  return events.some(({ kind, outcome, seen }) => kind === 'delete' && !seen && outcome !== 'nothing');
}

/** Every life anybody saw, with its states replayed through the reference. */
function livesOf(events: Event[], byId: Map<number, Event>): Map<number, Life> {
  const lives = new Map<number, Life>();
  for (const { seen, kind, ...event } of events) {
    if (!seen) continue;
    const life = lives.get(seen.life) ?? { id: seen.life, log: [], states: [], deletes: [] };
    lives.set(seen.life, life);
    if (seen.log.length > life.log.length) life.log = seen.log;
    if (kind === 'delete') life.deletes.push({ ...event, kind, seen });
  }
  for (const life of lives.values()) {
    let state: Lived | undefined;
    for (const id of life.log) {
      const event = byId.get(id);
      assert.ok(event, `write ${id} was never sent`);
      assert.notEqual(event.outcome, 'nothing', `write ${id} was told that it did nothing`);
      state = after(state, event);
      life.states.push(state);
    }
    assert.ok(life.deletes.length <= 1, `${life.deletes.length} removed the same document`);
  }
  return lives;
}

/** What the event makes of the document; of none, when it is the first of its life. */
function after(state: Lived | undefined, event: Event): Lived {
  const { doc, id, kind, update = {}, condition = {} } = event;
  assert.equal(
    !state,
    kind === 'insert' || (kind === 'upsert' && !state),
    `write ${id} found ${state ? 'a' : 'no'} document`,
  );
  if (kind === 'insert') return born(event);
  if (state)
    assert.ok(matches(condition)(state), `write ${id} changed a document that is not what it asked for`);
  return updated(state ?? { _id: doc }, update, { filter: {}, inserting: !state }) as Lived;
}

export function born({ doc, id }: Event): Lived {
  return { _id: doc, life: id, v: 1, log: [id], n: id % 7, list: [] };
}

/** Nobody was answered before somebody was sent who comes earlier. */
function inOrder({ log, deletes }: Life, byId: Map<number, Event>): void {
  let latest = -1;
  for (const event of [...log.map((id) => byId.get(id)!), ...deletes]) {
    assert.ok(event.end > latest, `write ${event.id} was answered before one that it follows was sent`);
    latest = Math.max(latest, event.start);
  }
}

/** What was seen is a state of that life, at a time when it can have been in it. */
function explainSeen({ id, kind, seen, start, end }: Event, life: Life, byId: Map<number, Event>): void {
  const { v, log } = seen!;
  assert.deepEqual(
    plain(seen),
    life.states[v - 1],
    `what ${kind} ${id} saw is not state ${v} of life ${life.id}`,
  );
  if (kind !== 'read') {
    if (kind === 'delete') assert.equal(v, life.log.length, `somebody wrote to what ${id} had removed`);
    else assert.equal(log.at(-1), id, `write ${id} saw the writes of others after its own`);
    return;
  }
  assert.ok(byId.get(log.at(-1)!)!.start < end, `a read saw write ${log.at(-1)} before it was sent`);
  const next = life.log[v] === undefined ? life.deletes[0] : byId.get(life.log[v]);
  if (next?.outcome === 'done') assert.ok(next.end > start, `a read did not see write ${next.id}, long done`);
}

/** There was a moment without the document, or with one that is not what was asked for. (For an insert: with one in its way.) */
function explainNothing(event: Event, lives: Life[], byId: Map<number, Event>): void {
  const begins = ({ log }: Life) => byId.get(log[0]!)!;
  if (event.kind === 'insert') {
    const inTheWay = lives.some(
      (life) => begins(life).start < event.end && (life.deletes[0]?.end ?? Infinity) > event.start,
    );
    assert.ok(inTheWay, `insert ${event.id} was refused where nothing was`);
    return;
  }
  const all = lives.find(
    (life) => begins(life).end < event.start && (life.deletes[0]?.start ?? Infinity) > event.end,
  );
  if (!all || (all.deletes.length === 0 && mayBeForgotten([...byId.values()]))) return;
  const test = matches(event.condition ?? {});
  const otherwise = all.states.some((state, i) => {
    const [from, to] = [byId.get(all.log[i]!)!.start, byId.get(all.log[i + 1] ?? -2)?.end ?? Infinity];
    return from < event.end && to > event.start && !test(state);
  });
  assert.ok(otherwise, `${event.kind} ${event.id} found nothing, but the document was there all the time`);
}

/** Two lives of one `_id` do not overlap. */
function apart(lives: Life[], byId: Map<number, Event>): void {
  const spans = lives.map((life) => {
    const events = [...life.log.map((id) => byId.get(id)!), ...life.deletes];
    return {
      firstEnd: Math.min(...events.map(({ end }) => end)),
      lastStart: Math.max(...events.map(({ start }) => start)),
      life,
    };
  });
  for (const [i, a] of spans.entries()) {
    for (const b of spans.slice(i + 1)) {
      const overlap = a.firstEnd < b.lastStart && b.firstEnd < a.lastStart;
      assert.ok(!overlap, `lives ${a.life.id} and ${b.life.id} were there at the same time`);
    }
  }
}
