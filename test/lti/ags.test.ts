import assert from 'node:assert/strict';
import { postScore, type Column, type Score } from '../../src/lti/ags.ts';
import type { PlatformRecord } from '../../src/lti/platform.model.ts';
import { findPlatformBy } from '../../src/lti/platforms.ts';
import type { ServiceFailure } from '../../src/lti/service.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { connect } from './launching.ts';
import { startPlatform, type TestPlatform } from './platform.ts';

const scope = 'https://purl.imsglobal.org/spec/lti-ags/scope/score';

describe('posting a score', () => {
  let app: TestApp;
  let platform: TestPlatform;
  let record: PlatformRecord;

  before(async () => {
    app = await startApp();
  });
  after(() => app.stop());
  beforeEach(async () => {
    platform = await startPlatform();
    await connect(app, platform);
    record = (await findPlatformBy(app.ctx, platform.url, platform.clientId))!;
  });
  afterEach(() => platform.stop());

  const score: Score = {
    userId: '42',
    scoreGiven: 85,
    scoreMaximum: 100,
    activityProgress: 'Completed',
    gradingProgress: 'FullyGraded',
    timestamp: '2026-01-01T10:00:00.000Z',
    comment: '',
    'https://canvas.instructure.com/lti/submission': { new_submission: false },
  };
  const post = (more: Partial<Column> = {}) => {
    const column = { platform: record, lineItem: `${platform.url}/items/7?type_id=1`, granted: [scope] };
    return postScore(app.ctx, { ...column, ...more }, score);
  };
  const failing = async (more?: Partial<Column>): Promise<ServiceFailure> => {
    const answer = await post(more);
    assert.ok(!answer.ok);
    return answer;
  };
  const answer = (...answers: object[]) => void (platform.answers['/items/7/scores'] = answers);

  it('sends it as it is, to the scores of the line item, in its media type', async () => {
    assert.deepEqual(await post(), { ok: true, status: 200 });
    const [sent] = platform.asked('/items/7/scores');
    assert.equal(sent!.path, '/items/7/scores?type_id=1');
    assert.equal(sent!.headers['content-type'], 'application/vnd.ims.lis.v1.score+json');
    assert.match(String(sent!.headers.authorization), /^Bearer token-/);
    assert.deepEqual(JSON.parse(sent!.body), score);
    assert.equal(new URLSearchParams(platform.asked('/token')[0]!.body).get('scope'), scope);
  });
  it('reads no body of a success', async () => {
    answer({ status: 204, body: '' }, { status: 200, body: 'not {json' });
    assert.equal((await post()).ok, true);
    assert.equal((await post()).ok, true);
  });
  it('gets a new token when the old one is refused, once', async () => {
    answer({ status: 401, body: '' });
    assert.equal((await post()).ok, true);
    assert.equal(platform.asked('/token').length, 2);
    answer({ status: 401, body: '' }, { status: 401, body: '' });
    const { status, retry } = await failing();
    assert.deepEqual({ status, retry }, { status: 401, retry: true });
  });

  type Told = { status: number; retry: boolean; retryAfter?: number; stale?: true };
  const failures: [string, object, Told][] = [
    ['a stale timestamp (Moodle)', { status: 409, body: '[]' }, { status: 409, retry: true, stale: true }],
    [
      'a stale timestamp (Canvas)',
      {
        status: 400,
        body: { errors: { message: 'Provided timestamp of 2026 before last updated timestamp of 2027' } },
      },
      { status: 400, retry: true, stale: true },
    ],
    [
      'a submission from the future (Canvas)',
      { status: 400, body: 'Provided submitted_at timestamp of 2026-01-01T10:00:00Z in the future' },
      { status: 400, retry: true },
    ],
    [
      'a user it does not know',
      { status: 422, body: { errors: 'no such user' } },
      { status: 422, retry: false },
    ],
    ['a bad request', { status: 400, body: 'no' }, { status: 400, retry: false }],
    ['a column that is gone', { status: 404, body: '' }, { status: 404, retry: false }],
    ['a plain 403', { status: 403, body: 'not enrolled' }, { status: 403, retry: false }],
    [
      "Canvas' throttle",
      {
        status: 403,
        headers: { 'X-Rate-Limit-Remaining': '0' },
        body: '403 Forbidden (Rate Limit Exceeded)',
      },
      { status: 403, retry: true, retryAfter: 30 },
    ],
    [
      'too many requests',
      { status: 429, headers: { 'Retry-After': '17' }, body: '' },
      { status: 429, retry: true, retryAfter: 17 },
    ],
    [
      'maintenance',
      { status: 503, headers: { 'Retry-After': '600' }, body: '' },
      { status: 503, retry: true, retryAfter: 600 },
    ],
    ['a crash', { status: 500, body: '<h1>Error</h1>' }, { status: 500, retry: true }],
    [
      'a redirect',
      { status: 302, headers: { Location: 'http://169.254.169.254/' }, body: '' },
      { status: 302, retry: false },
    ],
  ];
  for (const [name, given, expected] of failures) {
    it(`tells of ${name}`, async () => {
      answer(given);
      const { ok: _, text, ...rest } = await failing();
      assert.ok(text.startsWith(String(expected.status)) && !/[<>\n]/.test(text), text);
      assert.deepEqual(JSON.parse(JSON.stringify(rest)), expected);
    });
  }
  it('tells of a platform that does not answer', async () => {
    const { status, retry } = await failing({ lineItem: 'http://127.0.0.1:1/items/7' });
    assert.deepEqual({ status, retry }, { status: undefined, retry: true });
  });
  it('tells of a token that is refused, and tries again only where that helps', async () => {
    platform.answers['/token'] = [
      { status: 400, body: { error: 'invalid_client' } },
      { status: 503, body: '' },
      { status: 200, body: 'surprise' },
    ];
    const refused = await failing();
    assert.match(refused.text, /^No access token: 400 .*invalid_client/);
    assert.deepEqual([refused.status, refused.retry, refused.noToken], [400, false, true]);
    assert.equal((await failing()).retry, true);
    assert.equal((await post()).ok, false);
    assert.equal((await post()).ok, true);
  });
  it('asks nothing of a platform that gave no leave', async () => {
    assert.equal((await failing({ granted: [] })).retry, false);
    assert.equal(platform.received.length, 0);
  });
  it('sends nothing to what is no web address', async () => {
    for (const lineItem of ['file:///etc/passwd', 'rubbish', ''])
      assert.equal((await post({ lineItem })).ok, false);
  });
});
