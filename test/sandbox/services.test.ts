import assert from 'node:assert/strict';
import { createLocalJWKSet, generateKeyPair, SignJWT } from 'jose';
import { claim, media, scope } from '../../src/sandbox/protocol.ts';
import { makeWorld, type World } from './world.ts';

describe('the sandbox LMS: services', () => {
  let world: World;
  let lineItem: string;
  let activity: string;
  beforeEach(async () => {
    world = await makeWorld();
    await world.sandbox.register(world.tool.invitation);
    activity = (
      await world.sandbox.addActivity({ title: 'Fire safety', url: `${world.tool.url}/launch`, points: 50 })
    ).id;
    const claims = await world.launch('ben', activity);
    lineItem = path((claims[claim.ags] as { lineitem: string }).lineitem);
  });
  afterEach(() => world.stop());

  const path = (url: string) => url.slice(world.url.length);
  const at = (seconds: number) => new Date(world.clock.now().getTime() + seconds * 1000).toISOString();
  const score = (more: object = {}) => ({
    userId: 'ben',
    timestamp: at(0),
    scoreGiven: 8,
    scoreMaximum: 10,
    activityProgress: 'Completed',
    gradingProgress: 'FullyGraded',
    ...more,
  });
  const post = async (body: object | string, more: { token?: string; type?: string; to?: string } = {}) =>
    world.http
      .post((more.to ?? lineItem).replace('?', '/scores?'))
      .set('Authorization', `Bearer ${more.token ?? (await world.token())}`)
      .set('Content-Type', more.type ?? media.score)
      .send(typeof body === 'string' ? body : JSON.stringify(body));
  const ofBen = () => world.sandbox.grades().find(({ user }) => user === 'ben')!;

  describe('tokens', () => {
    const ask = async (more: Parameters<World['tool']['tokenRequest']>[1]) =>
      world.http
        .post('/token')
        .type('form')
        .send(await world.tool.tokenRequest(world.url, more));

    it('gives a token for the scopes that it has and the tool asks for', async () => {
      const answer = await ask({ fields: { scope: `${scope.score} https://example.org/other` } });
      assert.equal(answer.status, 200);
      assert.equal(answer.body.scope, scope.score);
      assert.equal(answer.body.token_type, 'Bearer');
      assert.equal(answer.body.expires_in, 3600);
    });

    it('accepts an assertion whose aud is a list', async () => {
      assert.equal(
        (await ask({ claims: { aud: [`${world.url}/token`, 'https://other.example'] } })).status,
        200,
      );
    });

    it('refuses an assertion that is not as RFC 7523 wants it', async () => {
      const now = Math.floor(world.clock.now().getTime() / 1000);
      const wrong: [string, Parameters<typeof ask>[0], number, string][] = [
        ['iss', { claims: { iss: 'x' } }, 401, 'invalid_client'],
        ['sub', { claims: { sub: 'x' } }, 401, 'invalid_client'],
        ['aud', { claims: { aud: 'https://other.example/token' } }, 401, 'invalid_client'],
        ['exp past', { claims: { exp: now - 1 } }, 401, 'invalid_client'],
        ['no exp', { claims: { exp: undefined } }, 401, 'invalid_client'],
        ['iat future', { claims: { iat: now + 60 } }, 401, 'invalid_client'],
        ['no jti', { claims: { jti: undefined } }, 401, 'invalid_client'],
        ['unknown key', { key: { kid: 'x' } }, 401, 'invalid_client'],
        ['not a JWT', { fields: { client_assertion: 'x.y.z' } }, 401, 'invalid_client'],
        ['no assertion', { fields: { client_assertion: undefined } }, 400, 'invalid_request'],
        ['assertion type', { fields: { client_assertion_type: 'x' } }, 400, 'invalid_request'],
        ['grant', { fields: { grant_type: 'password' } }, 400, 'unsupported_grant_type'],
        ['scope', { fields: { scope: 'https://example.org/other' } }, 400, 'invalid_scope'],
      ];
      for (const [what, more, status, error] of wrong) {
        const answer = await ask(more);
        assert.equal(answer.status, status, what);
        assert.equal(answer.body.error, error, what);
      }
      await world.http.post('/token').send({ grant_type: 'client_credentials' }).expect(400);
    });

    it('refuses an assertion signed with a key that is not the published one', async () => {
      const { privateKey } = await generateKeyPair('RS256');
      const iat = Math.floor(world.clock.now().getTime() / 1000);
      const { client_id } = world.tool.me;
      const forged = await new SignJWT({
        iss: client_id,
        sub: client_id,
        aud: `${world.url}/token`,
        iat,
        exp: iat + 60,
        jti: 'a',
      })
        .setProtectedHeader({ alg: 'RS256', kid: world.tool.kid })
        .sign(privateKey);
      assert.equal((await ask({ fields: { client_assertion: forged } })).status, 401);
    });

    it('takes an assertion once, also after a restart', async () => {
      const request = await world.tool.tokenRequest(world.url);
      const send = () => world.http.post('/token').type('form').send(request);
      const both = await Promise.all([send(), send()]);
      assert.deepEqual(both.map(({ status }) => status).sort(), [200, 401]);
      await world.restart();
      assert.match((await send().expect(401)).body.error_description, /jti/);
    });

    it('gives tokens that last over a restart, and no longer than an hour', async () => {
      const token = await world.token();
      await world.restart();
      assert.equal((await post(score(), { token })).status, 200);
      world.clock.advance(3_601_000);
      assert.equal((await post(score({ timestamp: at(0) }), { token })).status, 401);
    });

    it('publishes no private key', async () => {
      const { body } = await world.http.get('/jwks');
      createLocalJWKSet(body);
      assert.deepEqual(Object.keys(body.keys[0]).sort(), ['alg', 'e', 'kid', 'kty', 'n', 'use']);
    });
  });

  describe('scores', () => {
    it('puts a score into the gradebook, in points of its column', async () => {
      const { status, text } = await post(score());
      assert.deepEqual([status, text], [200, '']);
      assert.equal(ofBen().points, 40);
      assert.equal(ofBen().maximum, 50);
      assert.equal(ofBen().activityProgress, 'Completed');
    });

    it('keeps a score when the process is gone at once', async () => {
      await post(score());
      // No stop: what was acknowledged must be in the file already.
      const { openStore } = await import('../../src/sandbox/store.ts');
      const { state } = await openStore(world.dataFile);
      assert.equal(state.scores[0]?.scoreGiven, 8);
    });

    it('refuses a score that is not a whole second newer than the last', async () => {
      const start = Math.floor(world.clock.now().getTime() / 1000) * 1000;
      const time = (ms: number) => new Date(start + ms).toISOString();
      assert.equal((await post(score({ timestamp: time(0) }))).status, 200);
      for (const stale of [time(0), time(999), time(-5_000)])
        assert.equal((await post(score({ timestamp: stale, scoreGiven: 1 }))).status, 409);
      assert.equal(ofBen().points, 40);
      assert.equal((await post(score({ timestamp: time(1_000), scoreGiven: 10 }))).status, 200);
      assert.equal(ofBen().points, 50);
    });

    it('compares times, not texts: a zone makes no difference', async () => {
      await post(score({ timestamp: '2026-03-01T12:00:00.500+02:00' }));
      assert.equal((await post(score({ timestamp: '2026-03-01T10:00:00Z' }))).status, 409);
      assert.equal((await post(score({ timestamp: '2026-03-01T10:00:01Z' }))).status, 200);
    });

    it('lets one of two win that come at the same moment', async () => {
      const answers = await Promise.all([post(score()), post(score({ scoreGiven: 9 }))]);
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409]);
    });

    it('takes a grade away when a later score is not fully graded, as Moodle does', async () => {
      await post(score());
      assert.equal(
        (await post(score({ timestamp: at(1), gradingProgress: 'Pending', activityProgress: 'InProgress' })))
          .status,
        200,
      );
      assert.equal(ofBen().points, null);
      await post(score({ timestamp: at(2), scoreGiven: 0 }));
      assert.equal(ofBen().points, 0);
    });

    it('gives no more than the column has', async () => {
      await post(score({ scoreGiven: 12 }));
      assert.equal(ofBen().points, 50);
    });

    it('refuses scores of people who are not learners here', async () => {
      for (const userId of ['ada', 'nobody', '', '__proto__'])
        assert.equal((await post(score({ userId }))).status, 400, userId);
    });

    it('refuses what is not a score, and says why', async () => {
      const wrong: [RegExp, object][] = [
        [/timestamp/, score({ timestamp: undefined })],
        [/timestamp/, score({ timestamp: '2026-01-01 10:00' })],
        [/timestamp/, score({ timestamp: '2026-01-01T10:00:00' })],
        [/scoreMaximum/, score({ scoreMaximum: undefined })],
        [/scoreMaximum/, score({ scoreMaximum: 0 })],
        [/scoreGiven/, score({ scoreGiven: -1 })],
        [/scoreGiven/, score({ scoreGiven: '8' })],
        [/activityProgress/, score({ activityProgress: 'completed' })],
        [/gradingProgress/, score({ gradingProgress: undefined })],
        [/userId/, score({ userId: { $ne: null } })],
      ];
      for (const [fault, body] of wrong) {
        const answer = await post(body);
        assert.equal(answer.status, 400, String(fault));
        assert.match(answer.body.reason, fault);
      }
      assert.equal((await post('{"userId":')).status, 400);
    });

    it('wants its media type, a token, the scope, and a column that is there', async () => {
      assert.equal((await post(score(), { type: 'application/json' })).status, 415);
      assert.equal((await post(score(), { type: `${media.score}; charset=utf-8` })).status, 200);
      assert.equal((await post(score(), { token: 'x.y.z' })).status, 401);
      assert.equal((await post(score(), { token: await world.token(scope.result) })).status, 403);
      assert.equal(
        (await post(score(), { to: lineItem.replace(/lineitems\/[\w-]+/, 'lineitems/none') })).status,
        404,
      );
      await world.http
        .post(lineItem.replace('?', '/scores?'))
        .expect(401)
        .expect('WWW-Authenticate', /Bearer/);
    });

    it('does not take an id_token for a service token', async () => {
      let idToken = '';
      world.sandbox.trouble = {
        claims: (claims) => ({
          ...claims,
          aud: `${world.url}/api`,
          sub: world.tool.me.client_id,
          scope: scope.score,
        }),
      };
      const request = world.tool.authRequest(await world.sandbox.launchAs('ben', activity));
      const { text } = await world.http.get('/auth').query(request);
      idToken = /name="id_token" value="([^"]+)"/.exec(text)![1]!;
      assert.equal((await post(score(), { token: idToken })).status, 401);
    });

    it('shows results', async () => {
      await post(score({ comment: 'Well done' }));
      const ask = async (query: object) =>
        world.http
          .get(lineItem.replace('?', '/results?'))
          .query(query)
          .set('Authorization', `Bearer ${await world.token(scope.result)}`)
          .set('Accept', media.results);
      const { body } = await ask({ user_id: 'ben' });
      assert.deepEqual(
        body.map(({ userId, resultScore, resultMaximum, comment }: Record<string, unknown>) => ({
          userId,
          resultScore,
          resultMaximum,
          comment,
        })),
        [{ userId: 'ben', resultScore: 40, resultMaximum: 50, comment: 'Well done' }],
      );
      assert.deepEqual((await ask({ user_id: 'maria' })).body, []);
    });
  });

  describe('line items', () => {
    const container = () => lineItem.replace(/\/lineitems\/[\w-]+/, '/lineitems');
    const call = async (
      method: 'get' | 'post' | 'put' | 'delete',
      to: string,
      body?: object,
      granted = scope.lineItem as string,
    ) => {
      const request = world.http[method](to).set('Authorization', `Bearer ${await world.token(granted)}`);
      return body ? request.set('Content-Type', media.lineItem).send(JSON.stringify(body)) : request;
    };

    it('are made, read, changed and removed', async () => {
      const made = await call('post', container(), { label: 'Extra', scoreMaximum: 5, tag: 'x' });
      assert.equal(made.status, 201);
      const own = path(made.body.id);
      assert.equal((await call('get', own)).body.label, 'Extra');
      const changed = await call('put', own, { label: 'More', scoreMaximum: 6 });
      assert.deepEqual([changed.body.label, changed.body.scoreMaximum], ['More', 6]);
      assert.equal((await call('delete', own)).status, 204);
      assert.equal((await call('get', own)).status, 404);
    });

    it('are found by resource link, resource and tag', async () => {
      await call('post', container(), { label: 'Extra', scoreMaximum: 5, tag: 'x', resourceId: 'r' });
      const find = async (query: string) =>
        (await call('get', `${container()}&${query}`)).body.map(({ label }: { label: string }) => label);
      assert.deepEqual(await find(`resource_link_id=${activity}`), ['Fire safety']);
      assert.deepEqual(await find('tag=x'), ['Extra']);
      assert.deepEqual(await find('resource_id=r&tag=y'), []);
      assert.deepEqual(await find(''), ['Fire safety', 'Extra']);
    });

    it('come in pages, each with the address of the next', async () => {
      for (const label of ['b', 'c']) await call('post', container(), { label, scoreMaximum: 1 });
      const labels: string[] = [];
      let next: string | undefined = `${container()}&limit=1`;
      while (next) {
        const { body, headers }: { body: { label: string }[]; headers: Record<string, string | undefined> } =
          await call('get', next);
        labels.push(...body.map(({ label }) => label));
        next = /<([^>]+)>; rel="next"/.exec(headers.link ?? '')?.[1]?.slice(world.url.length);
      }
      assert.deepEqual(labels, ['Fire safety', 'b', 'c']);
      assert.equal((await call('get', `${container()}&limit=many`)).status, 400);
    });

    it('stay with their link, and take their scores along when they go', async () => {
      await post(score());
      await call('put', lineItem, { label: 'Renamed', scoreMaximum: 50, resourceLinkId: 'other' });
      assert.equal(world.sandbox.lineItems()[0]!.resourceLinkId, activity);
      await call('delete', lineItem);
      assert.deepEqual(world.sandbox.grades(), []);
      assert.equal('lineitem' in ((await world.launch('ben', activity))[claim.ags] as object), false);
    });

    it('are refused without label or points, for a link that is not there, and to a token that may only read', async () => {
      assert.equal((await call('post', container(), { label: ' ', scoreMaximum: 5 })).status, 400);
      assert.equal((await call('post', container(), { label: 'x', scoreMaximum: 0 })).status, 400);
      assert.equal(
        (await call('post', container(), { label: 'x', scoreMaximum: 5, resourceLinkId: 'none' })).status,
        404,
      );
      assert.equal(
        (await call('post', container(), { label: 'x', scoreMaximum: 5 }, scope.lineItemRead)).status,
        403,
      );
      assert.equal((await call('get', container(), undefined, scope.lineItemRead)).status, 200);
    });
  });

  describe('memberships', () => {
    const ask = async (query: string) =>
      world.http
        .get(`/api/courses/practice-101/memberships${query}`)
        .set('Authorization', `Bearer ${await world.token(scope.memberships)}`);

    it('lists everybody, in pages', async () => {
      const first = await ask('?limit=2');
      assert.equal(first.body.members.length, 2);
      const next = /<([^>]+)>; rel="next"/.exec(first.headers.link!)![1]!;
      const second = await ask(new URL(next).search);
      assert.deepEqual(
        [...first.body.members, ...second.body.members].map(({ user_id }: { user_id: string }) => user_id),
        ['ada', 'ben', 'maria'],
      );
      assert.equal(second.headers.link, undefined);
    });

    it('lists those of one role, and refuses a link that is not there', async () => {
      const learner = encodeURIComponent('http://purl.imsglobal.org/vocab/lis/v2/membership#Learner');
      assert.equal((await ask(`?role=${learner}`)).body.members.length, 2);
      assert.equal((await ask('?role=Instructor')).body.members[0].email, 'ada@sandbox.example');
      assert.equal((await ask('?rlid=none')).status, 404);
    });
  });

  describe('trouble', () => {
    it('answers what it is told, as often as it is told, and says when to come back', async () => {
      const token = await world.token();
      world.sandbox.trouble = { ags: 429, retryAfter: 7, times: 2 };
      for (const expected of [429, 429, 200]) {
        const answer = await post(score(), { token });
        assert.equal(answer.status, expected);
        if (expected === 429) assert.equal(answer.headers['retry-after'], '7');
      }
    });

    it('gives no tokens, or is not there at all', async () => {
      world.sandbox.trouble = { token: 401 };
      const request = await world.tool.tokenRequest(world.url);
      await world.http.post('/token').type('form').send(request).expect(401);
      world.sandbox.trouble = { down: true };
      await assert.rejects(async () => world.http.post('/token').type('form').send(request));
      world.sandbox.trouble = {};
      await world.http.post('/token').type('form').send(request).expect(200);
    });

    it('keeps what it heard', async () => {
      await post(score());
      const heard = world.sandbox.heard.filter(({ path }) => path.includes('/scores'));
      assert.equal(heard.length, 1);
      assert.deepEqual(
        [heard[0]!.method, heard[0]!.status, (heard[0]!.body as { scoreGiven: number }).scoreGiven],
        ['POST', 200, 8],
      );
    });
  });

  it('answers in JSON where there is no such service', async () => {
    const { body } = await world.http.get('/api/courses/other/lineitems').expect(404);
    assert.equal(body.status, 404);
  });
});
