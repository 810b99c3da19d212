import assert from 'node:assert/strict';
import { readLog, switchLog } from '../../src/attempts/log.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { makeClock } from '../support/clock.ts';
import { scorm12Package } from '../support/make-package.ts';
import { addCourse, launch, type Ingested } from './world.ts';

describe('POST /play/log', () => {
  const clock = makeClock();
  let app: TestApp;
  let course: Ingested;
  before(async () => {
    app = await startApp({ overrides: { now: clock.now } });
    course = await addCourse(app, scorm12Package({ title: 'Logged' }));
  });
  after(() => app?.stop());

  const post = (path: string, token: string, body: object = {}) =>
    app.content.post(path).set('Authorization', `Bearer ${token}`).send(body);
  const line = (more: object = {}) => ({ ms: 1_000, kind: 'call', name: 'LMSGetValue', ...more });
  async function opened(who: string, on = true) {
    const { token, launch: record, attempt } = await launch(app, course, { who });
    if (on) await switchLog(app.ctx, 'wsp_test', attempt._id, { on, by: 'psn_ada' });
    const send = (body: object = {}, as = token) =>
      post('/play/log', as, { launch: record._id, batch: 1, sent: 5_000, lines: [line()], ...body });
    const kept = async () => (await readLog(app.ctx, attempt._id)).lines;
    return { token, launch: record._id, attempt: attempt._id, send, kept };
  }

  it('keeps what a player tells, timed by our clock, each batch once', async () => {
    const { send, kept } = await opened('ann');
    const lines = [
      line({ element: 'cmi.core.entry', result: 'ab-initio' }),
      line({ ms: 4_000, error: '401' }),
    ];
    await send({ lines }).expect(200, { log: true });
    await send({ lines }).expect(200);
    const now = clock.now().getTime();
    assert.deepEqual(await kept(), [
      { at: now - 4_000, ...lines[0] },
      { at: now - 1_000, ...lines[1] },
    ]);
    await send({ batch: 2, lines: [line({ ms: 9_000 })] }).expect(200);
    assert.equal((await kept())[2]!.at, now);
  });

  it('is refused while nobody wants it, and again a day after somebody did', async () => {
    const off = await opened('bob', false);
    const { body } = await off.send().expect(409);
    assert.equal(body.code, 'log-off');
    const { send, kept } = await opened('bea');
    clock.advance(24 * 3_600_000);
    const late = await launch(app, course, { who: 'bea' });
    await send({ launch: late.launch._id }, late.token).expect(409);
    assert.deepEqual(await kept(), []);
  });

  it('is wanted by the answers of open and commit', async () => {
    const { token, launch: id, attempt } = await opened('cleo', false);
    const commit = (seq: number) => post('/play/commit', token, { launch: id, seq, patch: [] });
    assert.equal((await post('/play/open', token)).body.log, false);
    assert.equal('log' in (await commit(1)).body, false);
    await switchLog(app.ctx, 'wsp_test', attempt, { on: true, by: 'psn_ada' });
    assert.equal((await commit(2)).body.log, true);
    assert.equal((await post('/play/open', token)).body.log, true);
  });

  it('takes nothing for another launch, without a token, or with one that has expired', async () => {
    const [eve, fay] = [await opened('eve'), await opened('fay')];
    const { body } = await fay.send({}, eve.token).expect(401);
    assert.equal(body.code, 'launch-unknown');
    await app.content.post('/play/log').send({ launch: fay.launch }).expect(401);
    await fay.send({}, 'x'.repeat(32)).expect(401);
    clock.advance(25 * 3_600_000);
    await switchLog(app.ctx, 'wsp_test', fay.attempt, { on: true, by: 'psn_ada' });
    await fay.send().expect(401);
    assert.deepEqual([...(await eve.kept()), ...(await fay.kept())], []);
  });

  it('never holds the token, should a course have found it out', async () => {
    const { token, send, kept } = await opened('gil');
    await send({ lines: [line({ value: `a ${token} b`, result: token })] }).expect(200);
    assert.ok(!JSON.stringify(await kept()).includes(token));
    assert.equal((await kept())[0]!.value, 'a ••• b');
  });

  const rubbish: [string, object][] = [
    ['no lines', { lines: [] }],
    ['too many lines', { lines: Array.from({ length: 501 }, () => line()) }],
    ['a line of ours', { lines: [line({ kind: 'server' })] }],
    ['a value that is too long', { lines: [line({ value: 'x'.repeat(8_001) })] }],
    ['a value that is none', { lines: [line({ value: { $gt: '' } })] }],
    ['a time that is none', { lines: [line({ ms: -1 })] }],
    ['a member nobody knows', { lines: [line({ at: 1 })] }],
    ['a batch without a number', { batch: 'one' }],
    ['a launch that is none', { launch: { $ne: null } }],
  ];
  for (const [what, body] of rubbish) {
    it(`answers 400 to ${what}`, async () => {
      const { send, kept } = await opened(`rubbish-${what}`);
      await send(body).expect(400);
      assert.deepEqual(await kept(), []);
    });
  }

  it('reads no more than half a megabyte, and no more than a player sends', async () => {
    const { send, launch: id } = await opened('ina');
    await send({ launch: 'x'.repeat(600_000) }).expect(413);
    const { token } = await launch(app, course, { who: 'joe' });
    const answers = await Promise.all(Array.from({ length: 125 }, () => send({ launch: id }, token)));
    assert.equal(answers.filter(({ status }) => status === 429).length, 5);
  });
});
