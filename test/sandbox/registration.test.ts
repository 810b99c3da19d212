import assert from 'node:assert/strict';
import { toolConfiguration } from '../../src/sandbox/protocol.ts';
import { startSandbox } from '../../src/sandbox/start.ts';
import { makeWorld, type World } from './world.ts';

describe('the sandbox LMS: registration', () => {
  let world: World;
  beforeEach(async () => {
    world = await makeWorld();
  });
  afterEach(() => world.stop());

  /** What a tool finds in its registration address, without the tool. */
  async function askForToken(): Promise<string> {
    let token = '';
    const { createServer } = await import('node:http');
    const { freePort } = await import('../support/app.ts');
    const port = await freePort();
    const listener = createServer((req, res) => {
      token = new URL(req.url!, 'http://x').searchParams.get('registration_token')!;
      res.end('Not today');
    });
    await new Promise<void>((resolve) => void listener.listen(port, '127.0.0.1', resolve));
    await assert.rejects(
      world.sandbox.register(`http://127.0.0.1:${port}/`),
      /did not register.*200: Not today/,
    );
    await new Promise((resolve) => listener.close(resolve));
    return token;
  }

  const register = (token: string, body: object = world.tool.metadata) =>
    world.http.post('/register').set('Authorization', `Bearer ${token}`).send(body);

  it('opens the invitation, lets the tool register, and does nothing the next time', async () => {
    assert.equal(world.sandbox.registered, false);
    await world.sandbox.register(world.tool.invitation);
    assert.equal(world.sandbox.registered, true);
    assert.equal(world.sandbox.tool?.name, 'A small tool');
    await world.sandbox.register(world.tool.invitation);
    assert.equal(world.tool.registrations.length, 1);
    assert.equal(world.tool.me.client_id, world.sandbox.tool?.clientId);
    assert.equal(world.tool.me.deployment_id, '1');
  });

  it('says what to do when its address is taken', async () => {
    await assert.rejects(
      startSandbox({ ...world.options, dataFile: `${world.dataFile}.2` }),
      /another program is there.*SANDBOX_PORT/,
    );
  });

  it('registers again when it is told that the tool has forgotten it', async () => {
    await world.sandbox.register(world.tool.invitation);
    const first = world.tool.me.client_id;
    await world.sandbox.register(world.tool.invitation, { again: true });
    assert.notEqual(world.sandbox.tool?.clientId, first);
    world.tool.metadata.client_name = '';
    await assert.rejects(world.sandbox.register(world.tool.invitation, { again: true }), /did not register/);
    assert.equal(world.sandbox.registered, true);
  });

  it('is registered after a restart, and signs with the key it had', async () => {
    await world.sandbox.register(world.tool.invitation);
    const { body: before } = await world.http.get('/jwks').expect(200);
    await world.restart();
    assert.equal(world.sandbox.registered, true);
    assert.deepEqual((await world.http.get('/jwks')).body, before);
    assert.equal('d' in before.keys[0], false);
  });

  it('publishes its configuration with everything LTI Dynamic Registration asks for', async () => {
    const { body } = await world.http.get('/.well-known/openid-configuration').expect(200);
    assert.equal(body.issuer, world.url);
    assert.equal(
      body['https://purl.imsglobal.org/spec/lti-platform-configuration'].product_family_code,
      'coursedock-sandbox',
    );
    for (const endpoint of [
      'authorization_endpoint',
      'token_endpoint',
      'jwks_uri',
      'registration_endpoint',
    ]) {
      assert.equal(new URL(body[endpoint]).origin, world.url, endpoint);
    }
  });

  it('takes a registration token once', async () => {
    const token = await askForToken();
    await register(token).expect(201);
    await register(token).expect(401);
  });

  it('takes a registration token once when two come at the same moment', async () => {
    const token = await askForToken();
    const answers = await Promise.all([register(token), register(token), register(token)]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 401, 401]);
  });

  it('refuses a registration token that is not its own, or an hour old', async () => {
    for (const token of ['wrong', '__proto__', 'constructor', '']) {
      const { body } = await register(token).expect(401);
      assert.equal(body.error, 'invalid_token');
    }
    const token = await askForToken();
    world.clock.advance(3_600_001);
    await register(token).expect(401);
    assert.equal(world.sandbox.registered, false);
  });

  it('refuses metadata that lacks something, says what, and keeps the token good', async () => {
    const token = await askForToken();
    const tool = world.tool.metadata[toolConfiguration] as object;
    const bad: [RegExp, object][] = [
      [/jwks_uri/, { ...world.tool.metadata, jwks_uri: undefined }],
      [/jwks_uri/, { ...world.tool.metadata, jwks_uri: 'javascript:alert(1)' }],
      [/redirect_uris/, { ...world.tool.metadata, redirect_uris: [] }],
      [/response_types/, { ...world.tool.metadata, response_types: ['code'] }],
      [
        /token_endpoint_auth_method/,
        { ...world.tool.metadata, token_endpoint_auth_method: 'client_secret_basic' },
      ],
      [
        /domain must be the host/,
        { ...world.tool.metadata, [toolConfiguration]: { ...tool, domain: 'elsewhere.example' } },
      ],
      [/application_type/, {}],
    ];
    for (const [fault, body] of bad) {
      const answer = await register(token, body).expect(400);
      assert.equal(answer.body.error, 'invalid_client_metadata');
      assert.match(answer.body.error_description, fault);
    }
    await world.http
      .post('/register')
      .set('Authorization', `Bearer ${token}`)
      .type('json')
      .send('{"a":')
      .expect(400);
    await register(token).expect(201);
  });

  it('says what the tool said when it does not register', async () => {
    world.tool.metadata.client_name = '';
    await assert.rejects(world.sandbox.register(world.tool.invitation), /answered 502: No: .*client_name/);
  });

  it('grants only scopes that it has', async () => {
    world.tool.metadata.scope =
      'https://purl.imsglobal.org/spec/lti-ags/scope/score https://example.org/everything';
    await world.sandbox.register(world.tool.invitation);
    assert.equal(world.tool.me.scope, 'https://purl.imsglobal.org/spec/lti-ags/scope/score');
  });

  it('registers afresh when the tool has moved, and takes the activities along', async () => {
    await world.sandbox.register(world.tool.invitation);
    await world.sandbox.addActivity({ title: 'Here', url: 'http://localhost:1/lti/launch?course=a%20b' });
    await world.sandbox.addActivity({ title: 'Moves', url: `${world.tool.url}/launch?x=1` });
    world.options.toolUrl = 'http://moved.localhost:2';
    await world.restart();
    assert.equal(world.sandbox.registered, false);
    await register(await askForToken()).expect(201);
    assert.deepEqual(
      world.sandbox.activities().map(({ url }) => url),
      ['http://localhost:1/lti/launch?course=a%20b', 'http://moved.localhost:2/launch?x=1'],
    );
  });
});
