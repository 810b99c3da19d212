import assert from 'node:assert/strict';
import { media } from '../../src/sandbox/protocol.ts';
import { readForm } from './fake-tool.ts';
import { makeWorld, type World } from './world.ts';

describe('the sandbox LMS: its pages', () => {
  let world: World;
  before(async () => {
    world = await makeWorld();
    await world.sandbox.register(world.tool.invitation);
  });
  after(() => world.stop());

  const get = (path: string, as = 'ada') =>
    world.http.get(path).set('Cookie', `sandbox_as=${as}`).set('Accept', 'text/html');

  it('say before the tool is registered that it is not', async () => {
    const other = await makeWorld();
    const { text } = await other.http.get('/').set('Accept', 'text/html').expect(200);
    assert.match(text, /is not connected to this LMS yet/);
    assert.doesNotMatch(text, /id="add-course"/);
    await other.http.get('/pick/open').set('Accept', 'text/html').expect(404);
    await other.stop();
  });

  it('are those of the instructor until somebody says otherwise', async () => {
    const { text } = await world.http.get('/').expect(200);
    assert.match(text, /id="add-course"/);
    assert.match(text, /data-person="ada"[^>]*aria-current="true"/);
    assert.match(text, /id="empty"/);
  });

  it('become those of somebody else by a link, which goes to pages of its own only', async () => {
    const answer = await world.http
      .get('/as/maria?to=/gradebook')
      .expect(303)
      .expect('Location', '/gradebook');
    assert.match(String(answer.headers['set-cookie']), /sandbox_as=maria; Path=\/; HttpOnly; SameSite=Lax/);
    for (const to of [
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      '/\t/evil.example',
      '/x?y=1',
    ]) {
      await world.http.get('/as/ben').query({ to }).expect(303).expect('Location', '/');
    }
    await world.http.get('/as/nobody').set('Accept', 'text/html').expect(404);
    const { text } = await world.http.get('/?as=maria').expect(200);
    assert.match(text, /data-person="maria"[^>]*aria-current="true"/);
    assert.doesNotMatch(text, /id="add-course"/);
  });

  it('let only an instructor pick and remove', async () => {
    const { id } = await world.sandbox.addActivity({ title: 'Stays', url: `${world.tool.url}/launch` });
    for (const path of ['/pick', '/pick/open', `/activities/${id}/remove`])
      await get(path, 'ben').expect(403);
    await world.http
      .post(`/activities/${id}/remove`)
      .set('Cookie', 'sandbox_as=ben')
      .set('Accept', 'text/html')
      .expect(403);
    assert.equal(world.sandbox.activities().length, 1);
    await get('/pick').expect(200);
    await world.http
      .post(`/activities/${id}/remove`)
      .set('Sec-Fetch-Site', 'cross-site')
      .set('Accept', 'text/html')
      .expect(403);
    assert.match((await get(`/activities/${id}/remove`).expect(200)).text, /id="remove"/);
    await world.http.post(`/activities/${id}/remove`).set('Sec-Fetch-Site', 'same-origin').expect(303);
    assert.equal(world.sandbox.activities().length, 0);
    await get(`/activities/${id}`).expect(404);
  });

  it('send the person of the page to the tool, in a frame with storage and in a window without', async () => {
    const { id } = await world.sandbox.addActivity({ title: 'Fire', url: `${world.tool.url}/launch` });
    const page = (await get(`/activities/${id}`, 'ben').expect(200)).text;
    const src = /<iframe id="activity-frame"[^>]*\ssrc="([^"]+)"/.exec(page)![1]!;
    const framed = readForm((await world.http.get(src.replaceAll('&amp;', '&')).expect(200)).text);
    assert.equal(framed.action, `${world.tool.url}/login`);
    assert.equal(framed.fields.login_hint, 'ben');
    assert.equal(framed.fields.lti_storage_target, '_parent');
    const open = /id="open-window" href="([^"]+)"/.exec(page)![1]!.replaceAll('&amp;', '&');
    const windowed = readForm((await world.http.get(open).expect(200)).text);
    assert.equal(windowed.fields.lti_storage_target, undefined);
    const pick = readForm((await get('/pick/open').expect(200)).text);
    assert.equal(pick.fields.login_hint, 'ada');
  });

  it('write what a tool says as text, never as markup', async () => {
    const nasty = '<script>alert(1)</script>"\'';
    const { id } = await world.sandbox.addActivity({
      title: nasty,
      url: `${world.tool.url}/launch`,
      points: 10,
    });
    for (const path of [
      '/',
      `/activities/${id}`,
      `/activities/${id}/remove`,
      '/gradebook',
      `/return/${id}?lti_errormsg=${encodeURIComponent(nasty)}`,
    ]) {
      const { text } = await get(path).expect(200);
      assert.doesNotMatch(text, /<script>alert/, path);
      assert.match(text, /&lt;script&gt;alert/, path);
    }
  });

  it('show grades: all to the instructor, to a learner their own', async () => {
    const { id } = await world.sandbox.addActivity({
      title: 'Graded',
      url: `${world.tool.url}/launch`,
      points: 20,
    });
    const column = world.sandbox.lineItems().find(({ resourceLinkId }) => resourceLinkId === id)!;
    await world.http
      .post(`/api/courses/practice-101/lineitems/${column.id}/scores?deployment=1`)
      .set('Authorization', `Bearer ${await world.token()}`)
      .set('Content-Type', media.score)
      .send(
        JSON.stringify({
          userId: 'maria',
          timestamp: '2026-03-01T10:00:00Z',
          scoreGiven: 0.875,
          scoreMaximum: 1,
          activityProgress: 'Completed',
          gradingProgress: 'FullyGraded',
        }),
      )
      .expect(200);
    const cell = (text: string, learner: string) => {
      const row = new RegExp(`<tr data-learner="${learner}">.*?</tr>`, 's').exec(text)?.[0];
      return row && new RegExp(`<td[^>]*data-activity="${id}"[^>]*>`).exec(row)?.[0];
    };
    const all = (await get('/gradebook').expect(200)).text;
    assert.match(
      cell(all, 'maria')!,
      /data-points="17.5" data-maximum="20" data-status="finished" data-timestamp="2026-03-01T10:00:00Z"/,
    );
    assert.match(cell(all, 'ben')!, /data-points="" data-maximum="20" data-status="none"/);
    const own = (await get('/gradebook', 'maria').expect(200)).text;
    assert.ok(cell(own, 'maria'));
    assert.equal(cell(own, 'ben'), undefined);
    assert.match((await get('/', 'maria')).text, /data-status="finished"/);
  });

  it('lead the whole window back after picking and after an activity, and stop to say what went wrong', async () => {
    const { id } = world.sandbox.activities()[0]!;
    assert.match((await get(`/return/${id}`).expect(200)).text, /window\.top\.location/);
    const failed = (await get(`/return/${id}?lti_errormsg=It%20broke`).expect(200)).text;
    assert.match(failed, /It broke/);
    assert.doesNotMatch(failed, /window\.top\.location/);
    assert.match(failed, /<a[^>]*id="go-on" target="_top" href="\/"/);
  });

  it('let the tool be framed, and be framed themselves only on the way to it', async () => {
    const { id } = world.sandbox.activities()[0]!;
    assert.match(String((await get('/')).headers['content-security-policy']), /frame-ancestors 'none'/);
    assert.doesNotMatch(
      String((await get(`/activities/${id}/open`)).headers['content-security-policy']),
      /frame-ancestors 'none'/,
    );
  });

  it('answer under one name only', async () => {
    const port = new URL(world.url).port;
    await world.http
      .get('/gradebook')
      .set('Host', `localhost:${port}`)
      .expect(308)
      .expect('Location', `${world.url}/gradebook`);
    await world.http.get('/').set('Host', 'evil.example').expect(308).expect('Location', `${world.url}/`);
    await world.http.post('/token').set('Host', 'evil.example').expect(421);
  });

  it('bear with rubbish', async () => {
    for (const path of [
      '/%',
      '/activities/%2e%2e',
      '/activities/__proto__',
      '/?as=__proto__',
      '/?added=-1',
      '/?added=%00',
      '/gradebook?as=a&as=b',
      '/sandbox.css/..',
      '/nothing',
    ]) {
      const { status } = await get(path);
      assert.ok([200, 400, 404].includes(status), `${path}: ${status}`);
    }
    await world.http.get('/sandbox.css').expect(200).expect('Content-Type', /css/);
  });
});
