import assert from 'node:assert/strict';
import { claim } from '../../src/sandbox/protocol.ts';
import { readForm } from './fake-tool.ts';
import { makeWorld, type World } from './world.ts';

describe('the sandbox LMS: sign-in for a launch', () => {
  let world: World;
  let activity: string;
  before(async () => {
    world = await makeWorld();
    await world.sandbox.register(world.tool.invitation);
    const { id } = await world.sandbox.addActivity({
      title: 'Fire safety',
      url: `${world.tool.url}/launch`,
      custom: { course: 'crs_1' },
      points: 20,
    });
    activity = id;
  });
  after(() => world.stop());
  afterEach(() => {
    world.sandbox.trouble = {};
  });

  it('starts a login with everything a tool may count on', async () => {
    const { action, fields } = await world.sandbox.launchAs('ben', activity);
    assert.equal(action, `${world.tool.url}/login`);
    assert.equal(fields.iss, world.url);
    assert.equal(fields.target_link_uri, `${world.tool.url}/launch`);
    assert.equal(fields.client_id, world.tool.me.client_id);
    assert.equal(fields.lti_deployment_id, '1');
    assert.equal(fields.login_hint, 'ben');
    assert.ok(fields.lti_message_hint);
    assert.equal(fields.lti_storage_target, undefined);
  });

  it('signs a learner in with full claims', async () => {
    const claims = await world.launch('maria', activity);
    assert.equal(claims.sub, 'maria');
    assert.equal(claims.name, 'María José Fernández-Villanueva de la Peña');
    assert.equal(claims[claim.messageType], 'LtiResourceLinkRequest');
    assert.equal(claims[claim.version], '1.3.0');
    assert.equal(claims[claim.deploymentId], '1');
    assert.ok(
      (claims[claim.roles] as string[]).includes('http://purl.imsglobal.org/vocab/lis/v2/membership#Learner'),
    );
    assert.deepEqual(claims[claim.resourceLink], { id: activity, title: 'Fire safety' });
    assert.deepEqual(claims[claim.custom], {
      who: 'Fernández-Villanueva de la Peña',
      what: '$Nobody.knows',
      course: 'crs_1',
    });
    const endpoint = claims[claim.ags] as { lineitem: string; lineitems: string };
    assert.match(endpoint.lineitem, /\/lineitems\/[\w-]+\?deployment=1$/);
    assert.equal(
      (claims[claim.presentation] as { return_url: string }).return_url,
      `${world.url}/return/${activity}`,
    );
    assert.equal(claims.exp! - claims.iat!, 60);
  });

  it('signs the instructor in as an instructor, and names no column where there is none', async () => {
    const plain = await world.sandbox.addActivity({ title: 'To read', url: `${world.tool.url}/launch` });
    const claims = await world.launch('ada', plain.id);
    assert.ok(
      (claims[claim.roles] as string[]).includes(
        'http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor',
      ),
    );
    assert.equal('lineitem' in (claims[claim.ags] as object), false);
  });

  it('answers a POST as it answers a GET, by a form that has a button where scripts are off', async () => {
    const request = world.tool.authRequest(await world.sandbox.launchAs('ben', activity));
    const { text } = await world.http
      .post('/auth')
      .type('form')
      .send(request)
      .expect(200)
      .expect('Cache-Control', 'no-store');
    const { action, fields } = readForm(text);
    assert.equal(action, `${world.tool.url}/launch`);
    assert.equal(fields.state, request.state);
    const { payload } = await world.tool.verify(fields.id_token!, world.url);
    assert.equal(payload.nonce, request.nonce);
    assert.match(text, /<noscript>.*<button/s);
  });

  it('shows its own page, and sends nobody anywhere, when client or redirect address are not the registered ones', async () => {
    const login = await world.sandbox.launchAs('ben', activity);
    const wrong: Record<string, string>[] = [
      { client_id: 'somebody-else' },
      { redirect_uri: 'https://evil.example/launch' },
      { redirect_uri: `${world.tool.url}/launch?x=1` },
      { redirect_uri: `${world.tool.url}/launch/` },
    ];
    for (const fields of wrong) {
      const { text } = await world.http
        .get('/auth')
        .query(world.tool.authRequest(login, fields))
        .set('Accept', 'text/html')
        .expect(400);
      assert.doesNotMatch(text, /id="post"/);
    }
    await world.http.get('/auth').set('Accept', 'text/html').expect(400);
    await world.http.get('/auth?client_id=a&client_id=b').set('Accept', 'text/html').expect(400);
  });

  const faults: [string, Record<string, string | undefined>, string][] = [
    ['another scope', { scope: 'openid profile' }, 'invalid_scope'],
    ['another response type', { response_type: 'code' }, 'unsupported_response_type'],
    ['another response mode', { response_mode: 'query' }, 'invalid_request'],
    ['a prompt that is not none', { prompt: 'login' }, 'invalid_request'],
    ['no prompt', { prompt: undefined }, 'invalid_request'],
    ['no nonce', { nonce: undefined }, 'invalid_request'],
    ['no login hint', { login_hint: undefined }, 'invalid_request'],
    ['the login hint of somebody else', { login_hint: 'ada' }, 'login_required'],
    ['no message hint', { lti_message_hint: undefined }, 'invalid_request'],
    ['a message hint it never gave', { lti_message_hint: 'x' }, 'login_required'],
    ['a message hint named __proto__', { lti_message_hint: '__proto__' }, 'login_required'],
  ];
  for (const [fault, fields, error] of faults) {
    it(`tells the tool when a request has ${fault}`, async () => {
      const request = world.tool.authRequest(await world.sandbox.launchAs('ben', activity), fields);
      const { text } = await world.http.get('/auth').query(request).expect(200);
      const form = readForm(text);
      assert.equal(form.action, `${world.tool.url}/launch`);
      assert.equal(form.fields.error, error);
      assert.equal(form.fields.state, request.state);
      assert.equal(form.fields.id_token, undefined);
    });
  }

  it('takes a message hint once, also when two come at the same moment, and not after ten minutes', async () => {
    const login = await world.sandbox.launchAs('ben', activity);
    const two = await Promise.all(
      [1, 2].map(() => world.http.get('/auth').query(world.tool.authRequest(login))),
    );
    assert.deepEqual(two.map(({ text }) => readForm(text).fields.error).sort(), [
      'login_required',
      undefined,
    ]);
    const late = await world.sandbox.launchAs('ben', activity);
    world.clock.advance(600_001);
    const { text } = await world.http.get('/auth').query(world.tool.authRequest(late));
    assert.equal(readForm(text).fields.error, 'login_required');
  });

  it('remembers over a restart who it sent to the tool', async () => {
    const login = await world.sandbox.launchAs('maria', activity);
    await world.restart();
    const { text } = await world.http.get('/auth').query(world.tool.authRequest(login)).expect(200);
    const { payload } = await world.tool.verify(readForm(text).fields.id_token!, world.url);
    assert.equal(payload.sub, 'maria');
  });

  it('can be told to sign something wrong', async () => {
    world.sandbox.trouble = { claims: (claims) => ({ ...claims, [claim.version]: '11.3' }) };
    assert.equal((await world.launch('ben', activity))[claim.version], '11.3');
  });

  it('keeps a key it has given up for tokens that are on their way', async () => {
    const request = world.tool.authRequest(await world.sandbox.launchAs('ben', activity));
    const { text } = await world.http.get('/auth').query(request);
    await world.sandbox.rotateKey();
    await world.tool.verify(readForm(text).fields.id_token!, world.url);
    assert.equal((await world.launch('ben', activity)).sub, 'ben');
  });
});
