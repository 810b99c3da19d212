import assert from 'node:assert/strict';
import type { LogLine } from '../../src/attempts/log.model.ts';
import { logBatches } from '../../src/attempts/log.model.ts';
import { forgetLog, isLogged, keepLines, logLimits, readLog, switchLog } from '../../src/attempts/log.ts';
import { newId } from '../../src/store/id.ts';
import { openAttemptsWorld, openEverything, stored, workspace, type AttemptsWorld } from './world.ts';

const hour = 3_600_000;

describe('the log of an attempt', () => {
  let world: AttemptsWorld;
  before(async () => void (world = await openAttemptsWorld()));
  after(() => world.close());

  const line = (at: number, more: Partial<LogLine> = {}): LogLine => ({
    at,
    kind: 'call',
    name: `call-${at}`,
    ...more,
  });
  const lines = (from: number, count: number, more?: Partial<LogLine>) =>
    Array.from({ length: count }, (_, i) => line(from + i, more));
  const keep = (attempt: string, all: LogLine[], id = newId('log')) =>
    keepLines(world.ctx, { id, attempt, lines: all });
  const names = ({ lines }: { lines: LogLine[] }) => lines.map(({ name }) => name);

  it('is on for a day, from when somebody wanted it, and off when somebody says so', async () => {
    const { attempt, tab } = await openEverything(world.ctx);
    const isOn = async () => isLogged(world.ctx, await stored(world.ctx, attempt));
    const turn = (on: boolean) => switchLog(world.ctx, workspace, attempt._id, { on, by: 'psn_ada' });
    assert.equal(await isOn(), false);
    assert.equal((await tab.commit()).log, undefined);
    await turn(true);
    assert.equal(await isOn(), true);
    tab.session.call('LMSCommit', '');
    assert.equal((await tab.commit()).log, true);
    world.clock.advance(24 * hour - 1);
    assert.equal(await isOn(), true);
    world.clock.advance(1);
    assert.equal(await isOn(), false);
    await turn(true);
    await turn(false);
    assert.equal(await isOn(), false);
    const { log } = await stored(world.ctx, attempt);
    assert.deepEqual([log!.by, log!.at], ['psn_ada', world.clock.now()]);
    world.clock.advance(hour);
    await turn(false);
    assert.deepEqual((await stored(world.ctx, attempt)).log, log);
  });

  it('is nobody else’s to switch', async () => {
    const { attempt } = await openEverything(world.ctx);
    const there = (on: boolean) => switchLog(world.ctx, 'wsp_other', attempt._id, { on, by: 'psn_eve' });
    await assert.rejects(there(true), { status: 404 });
    await assert.rejects(there(false), { status: 404 });
    assert.equal((await stored(world.ctx, attempt)).log, undefined);
  });

  it('is read the newest lines last, from wherever one stopped, errors alone if one likes', async () => {
    await keep('att_read', lines(1, 3));
    await keep('att_read', lines(4, 3, { error: '405' }));
    await keep('att_read', [line(7), line(8, { error: '301' })]);
    const read = (how?: Parameters<typeof readLog>[2]) => readLog(world.ctx, 'att_read', how);
    assert.deepEqual(
      names(await read()),
      [1, 2, 3, 4, 5, 6, 7, 8].map((n) => `call-${n}`),
    );
    assert.deepEqual(names(await read({ limit: 2 })), ['call-7', 'call-8']);
    assert.deepEqual(names(await read({ limit: 3, skip: 2 })), ['call-4', 'call-5', 'call-6']);
    assert.equal((await read({ limit: 3, skip: 2 })).older, true);
    assert.equal((await read({ limit: 6, skip: 2 })).older, false);
    assert.deepEqual(names(await read({ errors: true })), ['call-4', 'call-5', 'call-6', 'call-8']);
    assert.equal((await read({ errors: true })).total, 8);
    assert.deepEqual(await readLog(world.ctx, 'att_none'), { lines: [], total: 0, dropped: 0, older: false });
  });

  it('puts what came apart in the order it happened', async () => {
    await keep('att_order', [line(1), line(5)]);
    await keep('att_order', [line(3, { kind: 'server' })]);
    assert.deepEqual(names(await readLog(world.ctx, 'att_order')), ['call-1', 'call-3', 'call-5']);
  });

  it('keeps a batch that is sent again once', async () => {
    await Promise.all([1, 2, 3].map(() => keep('att_again', lines(1, 5), 'lch_1:1')));
    const { total, lines: read } = await readLog(world.ctx, 'att_again');
    assert.deepEqual([total, read.length], [5, 5]);
  });

  it('drops the oldest for the newest, and says how many', async () => {
    for (let i = 0; i < 12; i++) await keep('att_long', lines(i * 450, 450));
    const { total, dropped, lines: read } = await readLog(world.ctx, 'att_long');
    assert.deepEqual([total, dropped, read.length], [4_950, 450, 4_950]);
    assert.ok(total <= logLimits.lines);
    assert.equal(read[0]!.at, 450);
  });

  it('weighs what it keeps', async () => {
    for (let i = 0; i < 6; i++) await keep('att_heavy', [line(i, { value: 'x'.repeat(400_000) })]);
    const { total, dropped, lines: read } = await readLog(world.ctx, 'att_heavy');
    assert.deepEqual([total, dropped, read.at(-1)!.at], [5, 1, 5]);
  });

  it('counts anew when it is switched on: what has expired takes no room', async () => {
    const { attempt } = await openEverything(world.ctx);
    for (let i = 0; i < 11; i++) await keep(attempt._id, lines(i * 450, 450));
    await logBatches(world.ctx.db).deleteMany({ attempt: attempt._id });
    await switchLog(world.ctx, workspace, attempt._id, { on: true, by: 'psn_ada' });
    await keep(attempt._id, lines(1, 100));
    assert.equal((await readLog(world.ctx, attempt._id)).lines.length, 100);
  });

  it('holds what the server would not do again', async () => {
    const { attempt, tab } = await openEverything(world.ctx);
    await tab.commit();
    await switchLog(world.ctx, workspace, attempt._id, { on: true, by: 'psn_ada' });
    await tab.send(2, [
      { do: 'set', activity: 'one', element: 'cmi.core.lesson_status', value: 'secret' },
      { do: 'open', activity: 'nowhere' },
    ]);
    const { lines: read } = await readLog(world.ctx, attempt._id);
    const at = world.clock.now().getTime();
    assert.deepEqual(read, [
      { at, kind: 'server', name: 'set', activity: 'one', element: 'cmi.core.lesson_status', error: '405' },
      { at, kind: 'server', name: 'open', activity: 'nowhere', error: 'unknown-activity' },
    ]);
  });

  it('is forgotten on demand', async () => {
    await keep('att_gone', lines(1, 3));
    await keep('att_stays', lines(1, 3));
    await forgetLog(world.ctx, 'att_gone');
    assert.deepEqual(await readLog(world.ctx, 'att_gone'), { lines: [], total: 0, dropped: 0, older: false });
    assert.equal((await readLog(world.ctx, 'att_stays')).total, 3);
  });
});
