import assert from 'node:assert/strict';
import type { JWTPayload } from 'jose';
import { claim } from '../../src/sandbox/protocol.ts';
import { makeWorld, type World } from './world.ts';

describe('the sandbox LMS: picking content', () => {
  let world: World;
  beforeEach(async () => {
    world = await makeWorld();
    await world.sandbox.register(world.tool.invitation);
  });
  afterEach(() => world.stop());

  const item = (more: object = {}) => ({
    type: 'ltiResourceLink',
    title: 'Fire safety',
    url: `${world.tool.url}/launch`,
    ...more,
  });
  const answer = (path: string, JWT: string) =>
    world.http.post(path).type('form').send({ JWT }).set('Accept', 'text/html');

  it('asks for resource links, several, with a column each, in a frame or a window', async () => {
    const request = await world.pick();
    assert.equal(request[claim.messageType], 'LtiDeepLinkingRequest');
    const settings = request[claim.deepLinking] as Record<string, unknown>;
    assert.deepEqual(settings.accept_types, ['ltiResourceLink']);
    assert.deepEqual(settings.accept_presentation_document_targets, ['iframe', 'window']);
    assert.equal(settings.accept_multiple, true);
    assert.equal(settings.accept_lineitem, true);
    assert.ok(settings.data);
  });

  it('makes an activity of each item, and a column where the item has one', async () => {
    const request = await world.pick();
    const items = [
      item({
        text: 'What to do',
        custom: { course: 'crs_1', attempts: 3 },
        lineItem: { scoreMaximum: 80, label: 'Fire', tag: 'grade', resourceId: 'crs_1' },
      }),
      item({ title: 'To read', window: { targetName: '_blank' } }),
    ];
    const { text } = await answer(
      world.returnPath(request),
      await world.tool.deepLinkingResponse(request, items),
    ).expect(200);
    assert.match(text, /2 courses were added/);
    const [graded, plain] = world.sandbox.activities();
    assert.deepEqual(graded!.custom, { course: 'crs_1', attempts: '3' });
    assert.equal(graded!.target, 'iframe');
    assert.equal(plain!.target, 'window');
    assert.equal(world.sandbox.lineItems().length, 1);
    const [column] = world.sandbox.lineItems();
    assert.equal(column!.label, 'Fire');
    assert.equal(column!.scoreMaximum, 80);
    assert.equal(column!.tag, 'grade');
    assert.equal(column!.resourceLinkId, graded!.id);
    await world.restart();
    assert.equal(world.sandbox.activities().length, 2);
  });

  it('adds nothing when nothing was picked, and shows what the tool says of it', async () => {
    const request = await world.pick();
    const response = await world.tool.deepLinkingResponse(request, [], {
      [claim.errorMessage]: 'No <b>course</b> yet',
    });
    const { text } = await answer(world.returnPath(request), response).expect(200);
    assert.match(text, /No &lt;b&gt;course/);
    assert.deepEqual(world.sandbox.activities(), []);
    const cancelled = await world.pick();
    await answer(
      world.returnPath(cancelled),
      await world.tool.deepLinkingResponse(cancelled, undefined),
    ).expect(200);
  });

  it('takes an answer once, also when two come at the same moment', async () => {
    const request = await world.pick();
    const response = await world.tool.deepLinkingResponse(request, [item()]);
    const statuses = await Promise.all(
      [1, 2, 3].map(async () => (await answer(world.returnPath(request), response)).status),
    );
    assert.deepEqual(statuses.sort(), [200, 409, 409]);
    assert.equal(world.sandbox.activities().length, 1);
  });

  it('refuses an answer whose nonce was used for another', async () => {
    for (const expected of [200, 400]) {
      const request = await world.pick();
      await answer(
        world.returnPath(request),
        await world.tool.deepLinkingResponse(request, [item()], { nonce: 'same' }),
      ).expect(expected);
    }
  });

  it('refuses a false answer, adds nothing, and takes the true one after it', async () => {
    const request = await world.pick();
    const path = world.returnPath(request);
    const respond = (more: JWTPayload, items: unknown = [item()]) =>
      world.tool.deepLinkingResponse(request, items, more);
    const [head, , signature] = (await respond({})).split('.');
    const bad: [string, string][] = [
      ['the iss', await respond({ iss: world.tool.url })],
      ['the aud', await respond({ aud: 'https://other.example' })],
      ['an exp that is past', await respond({ exp: Math.floor(world.clock.now().getTime() / 1000) - 1 })],
      ['an iat in the future', await respond({ iat: Math.floor(world.clock.now().getTime() / 1000) + 30 })],
      ['no nonce', await respond({ nonce: undefined })],
      ['the deployment', await respond({ [claim.deploymentId]: '2' })],
      ['the message type', await respond({ [claim.messageType]: 'LtiResourceLinkRequest' })],
      ['the version', await respond({ [claim.version]: '1.0' })],
      ['the data', await respond({ [claim.data]: 'changed' })],
      ['no data', await respond({ [claim.data]: undefined })],
      ['a link of another type', await respond({}, [{ type: 'html', html: '<b>' }])],
      ['a script for an address', await respond({}, [item({ url: 'javascript:alert(1)' })])],
      ['no points', await respond({}, [item({ lineItem: { scoreMaximum: 0 } })])],
      ['items that are no list', await respond({}, 'all')],
      [
        'other claims under the signature',
        [head, Buffer.from('{"iss":"x"}').toString('base64url'), signature].join('.'),
      ],
      ['a key that is not published', await world.tool.sign({ aud: world.url }, { kid: 'unknown' })],
      ['no token at all', 'rubbish'],
      ['nothing', ''],
    ];
    for (const [what, jwt] of bad) {
      const { status, text } = await answer(path, jwt);
      assert.equal(status, 400, what);
      assert.match(text, /<h1/, what);
    }
    assert.deepEqual(world.sandbox.activities(), []);
    await world.http.post(path).set('Accept', 'text/html').expect(400);
    await answer(path, await respond({})).expect(200);
  });

  it('answers 409 to a ticket that it never gave', async () => {
    const request = await world.pick();
    await answer('/deep-linking/constructor', await world.tool.deepLinkingResponse(request, [item()])).expect(
      409,
    );
  });
});
