import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe as describeAnswer, retryAfter } from '../../src/lti/platform-http.ts';
import { customFieldsFor, familyOf, isOwnCanvas, isThrottled, mayConfigure } from '../../src/lti/quirks.ts';
import { seal, unseal } from '../../src/lti/seal.ts';
import { toolOf } from '../../src/lti/tool.ts';
import { below } from '../../src/lti/service.ts';

describe('the address of scores', () => {
  const table: [string, string][] = [
    ['https://lms.example/items/1', 'https://lms.example/items/1/scores'],
    ['https://lms.example/items/1/', 'https://lms.example/items/1/scores'],
    [
      'https://moodle.example/mod/lti/services.php/2/lineitems/3/lineitem?type_id=1',
      'https://moodle.example/mod/lti/services.php/2/lineitems/3/lineitem/scores?type_id=1',
    ],
    ['https://lms.example/items/a%2Fb?x=1&x=2', 'https://lms.example/items/a%2Fb/scores?x=1&x=2'],
  ];
  for (const [lineItem, scores] of table)
    it(`of ${lineItem}`, () => assert.equal(below(lineItem, 'scores'), scores));
});

describe('where an LMS may keep its configuration', () => {
  const table: [string, string, boolean][] = [
    ['https://moodle.example', 'moodle.example', true],
    ['http://localhost:8080', 'localhost:8080', true],
    ['https://moodle.example', 'moodle.example:8443', false],
    ['https://moodle.example', 'evil.example', false],
    ['https://moodle.example', 'moodle.example.evil.example', false],
    ['https://canvas.instructure.com', 'sso.canvaslms.com', true],
    ['https://canvas.instructure.com', 'school.instructure.com', true],
    ['https://canvas.beta.instructure.com', 'school.beta.instructure.com', true],
    ['https://canvas.instructure.com', 'evilinstructure.com', false],
    ['https://canvas.instructure.com.evil.example', 'sso.canvaslms.com', false],
    ['https://blackboard.com', 'developer.blackboard.com', true],
    ['https://blackboard.com', 'evil.example', false],
  ];
  for (const [issuer, host, may] of table) {
    it(`${issuer} ${may ? 'at' : 'not at'} ${host}`, () => assert.equal(mayConfigure(issuer, host), may));
  }
});

describe("a Canvas on a school's own server", () => {
  const issuer = 'https://canvas.instructure.com';
  const at = (...hosts: string[]) => hosts.map((host) => `https://${host}/api/lti`);
  const table: [string, boolean, boolean][] = [
    [
      'may call itself canvas.instructure.com',
      isOwnCanvas(issuer, 'canvas', 'canvas.school.example', at('canvas.school.example')),
      true,
    ],
    [
      'may not send us to another host',
      isOwnCanvas(
        issuer,
        'canvas',
        'canvas.school.example',
        at('canvas.school.example', 'sso.canvaslms.com'),
      ),
      false,
    ],
    ['may not be another LMS', isOwnCanvas(issuer, 'moodle', 'lms.example', at('lms.example')), false],
    [
      'may not call itself something else',
      isOwnCanvas('https://other.example', 'canvas', 'lms.example', at('lms.example')),
      false,
    ],
  ];
  for (const [name, is, may] of table) it(name, () => assert.equal(is, may));
});

describe('habits of LMSs', () => {
  it('tells them by product family or issuer', () => {
    assert.equal(familyOf('https://lms.example', 'moodle'), 'moodle');
    assert.equal(familyOf('https://canvas.instructure.com'), 'canvas');
    assert.equal(familyOf('https://notcanvaslms.com'), 'other');
    assert.equal(familyOf('https://blackboard.com'), 'blackboard');
    assert.equal(familyOf('https://school.brightspace.com'), 'brightspace');
    assert.equal(familyOf('rubbish', '💥'), 'other');
  });
  it('asks what a link was copied from, where nobody named custom fields of their own', () => {
    const lti = { title: '', description: '', icon: '/i', scopes: [], placements: [], custom_fields: {} };
    const asked = (custom_fields: Record<string, string>) =>
      toolOf({ publicUrl: 'https://tool.example', lti: { ...lti, custom_fields } as never }, 'moodle')
        .customFields;
    const history = { link_history: '$ResourceLink.id.history', context_history: '$Context.id.history' };
    assert.deepEqual(asked({}), history);
    assert.deepEqual(asked({ a: 'b' }), { a: 'b' });
    const ours = JSON.parse(readFileSync('lti-config.json', 'utf8')) as {
      custom_fields: Record<string, string>;
    };
    assert.partialDeepStrictEqual(asked(ours.custom_fields), history);
  });
  it("sends Canvas' variables to Canvas only", () => {
    const fields = { a: '$Canvas.course.id', b: '$ResourceLink.id.history', c: 'fixed' };
    assert.deepEqual(customFieldsFor('canvas', fields), fields);
    assert.deepEqual(customFieldsFor('moodle', fields), { b: '$ResourceLink.id.history', c: 'fixed' });
  });
  it("knows Canvas' throttle from a plain 403", () => {
    assert.ok(isThrottled(429, new Headers(), ''));
    assert.ok(isThrottled(403, new Headers({ 'x-rate-limit-remaining': '0' }), ''));
    assert.ok(isThrottled(403, new Headers(), '403 Forbidden (Rate Limit Exceeded)'));
    assert.ok(!isThrottled(403, new Headers({ 'x-rate-limit-remaining': '700' }), 'not enrolled'));
  });
});

describe('answers of platforms', () => {
  it('are told in one line without markup', () => {
    const html =
      '<html><head><style>p{}</style></head><body><p>No  such\n user</p><script>x()</script></body></html>';
    assert.equal(describeAnswer(422, 'Unprocessable', html), '422 Unprocessable No such user');
    assert.equal(describeAnswer(409, 'Conflict', '[]'), '409 Conflict');
    assert.ok(describeAnswer(500, '', 'x'.repeat(10_000)).length < 400);
  });
  it('say when to come again in seconds or by a date', () => {
    const now = new Date('2026-01-01T00:00:00Z');
    assert.equal(retryAfter(new Headers({ 'retry-after': '120' }), now), 120);
    assert.equal(retryAfter(new Headers({ 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }), now), 30);
    assert.equal(retryAfter(new Headers({ 'retry-after': 'soon' }), now), undefined);
    assert.equal(retryAfter(new Headers(), now), undefined);
  });
});

describe('sealing', () => {
  const ctx = { secret: Buffer.alloc(32, 1) };
  it('opens what it sealed, twice differently', () => {
    const [a, b] = [seal(ctx, 'a key', 'key_1'), seal(ctx, 'a key', 'key_1')];
    assert.notEqual(a, b);
    assert.equal(unseal(ctx, a, 'key_1'), 'a key');
  });
  it('refuses another secret, another place, and a changed byte', () => {
    const sealed = seal(ctx, 'a key', 'key_1');
    assert.throws(() => unseal({ secret: Buffer.alloc(32, 2) }, sealed, 'key_1'));
    assert.throws(() => unseal(ctx, sealed, 'key_2'));
    const [v, iv, tag, data] = sealed.split('.');
    assert.throws(() =>
      unseal(ctx, [v, iv, tag, `${data!.startsWith('A') ? 'B' : 'A'}${data!.slice(1)}`].join('.'), 'key_1'),
    );
    for (const rubbish of ['', '1', '1...', '2.a.b.c', sealed.slice(0, -4)])
      assert.throws(() => unseal(ctx, rubbish, 'key_1'));
  });
});
