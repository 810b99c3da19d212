import assert from 'node:assert/strict';
import { links } from '../../src/attempts/link.model.ts';
import { courses } from '../../src/packages/course.model.ts';
import { learners } from '../../src/attempts/learner.model.ts';
import { takeLaunch } from '../../src/attempts/launches.ts';
import { visits } from '../../src/teacher/visit.model.ts';
import { addCourse } from '../lti/courses.ts';
import { assertRefused, launch } from '../lti/launching.ts';
import { agsEndpoint, lti, membershipRole, nrpsClaim } from '../lti/platform.ts';
import { openClassroom, type Classroom } from './world.ts';

describe('the page of a link', () => {
  let room: Classroom;
  before(async () => {
    room = await openClassroom();
  });
  after(() => room.stop());

  /** Names in the list, in its order. */
  const names = (text: string) =>
    [...text.matchAll(/<bdi class="few-lines">([^<]*)<\/bdi>/g)].map(([, name]) => name);
  /** The line of one learner, without markup. */
  const line = (text: string, name: string) =>
    (text.split('<tr>').find((row) => row.includes(`>${name}<`)) ?? '')
      .replace(/<svg.*?<\/svg>/gs, '')
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim();
  const ana = { user_id: 'a', name: 'Ana Álvarez', email: 'ana@example.org' };
  const bo = { user_id: 'b', name: 'Bo' };
  const teacher = { user_id: '7', name: 'Ina Instructor', roles: [membershipRole('Instructor')] };

  it('says that nobody has opened it, where the LMS tells of nobody', async () => {
    const { text } = await room.enter({
      [lti('resource_link')]: { id: 'empty', title: 'Empty' },
      [nrpsClaim]: undefined,
    });
    assert.match(text, /Nobody has opened it yet/);
    assert.match(text, /Test LMS does not tell this tool who is in the course/);
    assert.match(text, /<h1><span class="few-lines">Empty<\/span><\/h1>/);
    assert.match(text, /Golf explained/);
    assert.match(text, /Version 1/);
  });

  it('lists who is in the course, also who has not started, with how each stands', async () => {
    room.members = [bo, ana, teacher];
    const first = await room.enter();
    assert.deepEqual(names(first.text), ['Ana Álvarez', 'Bo']);
    assert.match(line(first.text, 'Bo'), /Not started – – – Nothing to send/);
    assert.match(room.platform.asked('/members').at(-1)!.path, /^\/members\?ctx=9&.*rlid=link-1/);
    await room.attempt('a', 'Ana', {
      completion: 'completed',
      success: 'passed',
      score: 0.825,
      seconds: 3725,
    });
    await room.attempt('z', 'Zoe', { completion: 'incomplete' });
    const { body, text } = await room.step('learners', first.visit).expect(200);
    assert.ok(body);
    assert.match(line(text, 'Ana Álvarez'), /ana@example\.org Passed 82\.5% 1 h 2 min/);
    assert.match(line(text, 'Zoe'), /No longer in the course In progress/);
    assert.doesNotMatch(text, /Ina Instructor/);
  });

  it('keeps a list for a few minutes, and nowhere but in memory', async () => {
    const { visit } = await room.enter();
    const asked = room.platform.asked('/members').length;
    for (const search of ['a', 'b', 'c']) await room.step('learners', visit, { search }).expect(200);
    assert.equal(room.platform.asked('/members').length, asked);
    await room.step('learners', visit, { again: 'yes' }).expect(200);
    assert.equal(room.platform.asked('/members').length, asked + 1);
    room.clock.advance(6 * 60_000);
    await room.step('learners', visit).expect(200);
    assert.equal(room.platform.asked('/members').length, asked + 2);
    assert.equal(await learners(room.app.ctx.db).countDocuments({ name: 'Bo' }), 0);
  });

  it('says so when the LMS refuses, and shows who has opened it', async () => {
    room.clock.advance(6 * 60_000);
    room.platform.answers['/members'] = [{ status: 403 }];
    const { text } = await room.enter();
    assert.deepEqual(names(text), ['Ana', 'Zoe']);
    assert.match(text, /could not say who is in the course just now/);
    assert.match(text, /Look again/);
    room.clock.advance(31_000);
    assert.deepEqual(names((await room.enter()).text), ['Ana Álvarez', 'Bo', 'Zoe']);
  });

  it('tells how far each grade is, and in plain words what is wrong', async () => {
    const at = room.clock.now();
    const failed = (status: number | undefined) => ({
      status: 'given up' as const,
      answers: [{ at, ok: false, status, text: 'The platform. Answer: 403 Forbidden <b>' }],
    });
    await room.graded('sent', { score: 0.5 }, { status: 'delivered', deliveredAt: at });
    await room.graded('waits', { score: 0.25 }, { status: 'waiting', tries: 0, answers: [] });
    await room.graded('late', { score: 0.25 }, { ...failed(500), status: 'waiting', tries: 2 });
    await room.graded('kept', { score: 1 }, { status: 'delivered', mark: 'kept' });
    await room.graded('forbidden', { score: 1 }, failed(403));
    await room.graded('gone', { score: 1 }, failed(404));
    await room.graded('silent', { score: 1 }, failed(undefined));
    const { visit, text } = await room.enter();
    for (const [name, says] of [
      ['sent', /Delivered 50 of 100/],
      ['waits', /On its way 25 of 100/],
      ['late', /Trying again 25 of 100 Test LMS has trouble of its own/],
      ['kept', /Teacher&#39;s grade kept 100 of 100 A grade that a teacher gave stands/],
      ['forbidden', /Not delivered 100 of 100 Test LMS does not let this tool write this grade/],
      ['gone', /Not delivered .* does not know this column or this learner any more/],
      ['silent', /Not delivered .* Test LMS could not be reached/],
    ] as const)
      assert.match(line(text, name), says, name);
    const undelivered = await room.step('learners', visit, { show: 'undelivered' }).expect(200);
    assert.deepEqual(names(undelivered.text), ['forbidden', 'gone', 'silent']);
    assert.doesNotMatch(text, /Forbidden|403/, 'what the LMS said itself is not for a list');
  });

  it('says that nothing is sent where there is no column', async () => {
    const { text } = await room.enter({
      [lti('resource_link')]: { id: 'no-column', title: 'x' },
      [agsEndpoint]: undefined,
    });
    assert.match(text, /no column in the gradebook of Test LMS/);
    assert.doesNotMatch(text, /<th scope="col">Gradebook/);
  });

  it('finds by name and address, in any case and without accents, and by how they stand', async () => {
    const { visit } = await room.enter();
    const found = async (fields: Record<string, string>) =>
      names((await room.step('learners', visit, fields).expect(200)).text);
    assert.deepEqual(await found({ search: 'ALVAREZ ana' }), ['Ana Álvarez']);
    assert.deepEqual(await found({ search: 'ana@EXAMPLE' }), ['Ana Álvarez']);
    assert.deepEqual(await found({ search: '(.*)' }), []);
    assert.deepEqual(await found({ show: 'waiting' }), ['Bo']);
    assert.deepEqual(await found({ show: 'begun' }), ['Zoe']);
    assert.deepEqual(await found({ show: 'done', search: 'ana' }), ['Ana Álvarez']);
    assert.deepEqual(
      await found({ show: 'everything', search: 'bo' }),
      ['Bo'],
      'what nobody can ask for is all',
    );
  });

  it('shows names of any script and length as text', async () => {
    room.members = [
      ana,
      { user_id: 'x', name: '<script>alert(1)</script>' },
      { user_id: 'r', name: '‏مرحبا 𝒮𝒶𝓂 👩🏽‍🎓' },
      { user_id: 'l', name: 'L'.repeat(10_000) },
      { user_id: 'n' },
    ];
    const { visit } = await room.enter();
    const { text } = await room.step('learners', visit, { again: 'yes', show: 'waiting' }).expect(200);
    assert.match(text, /&lt;script&gt;alert/);
    assert.doesNotMatch(text, /<script>alert/);
    assert.match(text, /مرحبا 𝒮𝒶𝓂 👩🏽‍🎓/);
    assert.match(text, /Learner without a name/);
    assert.ok(text.length < 40_000);
  });

  it('has two thousand learners on pages, and in one file that no spreadsheet runs', async () => {
    const many = Array.from({ length: 2000 }, (_, i) => ({ user_id: `m${i}`, name: `Learner ${i + 1}` }));
    room.members = [...many, { user_id: 'evil', name: '=HYPERLINK("https://evil.example","x")' }, ana];
    const { visit } = await room.enter();
    const page = async (number: number) =>
      (
        await room
          .step('learners', visit, {
            again: number === 1 ? 'yes' : '',
            show: 'waiting',
            page: String(number),
          })
          .expect(200)
      ).text;
    const first = await page(1);
    assert.equal(names(first).length, 50);
    assert.match(first, /1–50 of 2,001/);
    const last = await page(9999);
    assert.match(last, /2,001–2,001 of 2,001/);
    assert.equal(names(await page(2))[0], 'Learner 50');
    const file = await room.step('learners/file', visit, { show: 'waiting' }).expect(200);
    assert.equal(file.headers['content-type'], 'text/csv; charset=utf-8');
    assert.match(file.headers['content-disposition']!, /attachment; filename="?Golf-\d{4}-\d\d-\d\d\.csv"?$/);
    const lines = file.text.trimEnd().split('\r\n');
    assert.equal(lines.length, 2002);
    assert.match(lines[0]!, /^\ufeffName,E-mail,ID in the LMS/);
    assert.match(lines[1]!, /^"'=HYPERLINK\(""https/);
    const all = (await room.step('learners/file', visit, { search: 'álvarez' }).expect(200)).text.split(
      '\r\n',
    );
    assert.match(all[1]!, /^Ana Álvarez,ana@example\.org,a,,Passed,82\.5,62\.1,1,1,/);
  });

  describe('its token', () => {
    it('is kept as a hash, and in no address', async () => {
      const { visit, text } = await room.enter();
      assert.equal(await visits(room.app.ctx.db).countDocuments({ _id: visit }), 0);
      assert.doesNotMatch(text, new RegExp(`(href|action|formaction|src)="[^"]*${visit}`));
      for (const form of text.match(/<form[^>]*>/g) ?? []) assert.match(form, /method="post"/);
    });
    it('lasts an hour after the last step, and a working day at most', async () => {
      const { visit } = await room.enter();
      for (let hour = 0; hour < 12; hour++) {
        room.clock.advance(59 * 60_000);
        await room.step('learners', visit).expect(200);
      }
      room.clock.advance(59 * 60_000);
      const { text } = await room.step('learners', visit).expect(410);
      assert.match(text, /Open the activity again in your LMS/);
      const other = await room.enter();
      room.clock.advance(61 * 60_000);
      await room.step('learners', other.visit).expect(410);
    });
    it('is one for each tab, and each stays with its link', async () => {
      const [one, two] = [
        await room.enter(),
        await room.enter({ [lti('resource_link')]: { id: 'other-link', title: 'Other' } }),
      ];
      assert.match((await room.step('learners', one.visit).expect(200)).text, />Golf<\/span><\/h1>/);
      assert.match((await room.step('learners', two.visit).expect(200)).text, />Other<\/span><\/h1>/);
      assert.match((await room.step('learners', one.visit).expect(200)).text, />Golf<\/span><\/h1>/);
    });
    it('comes to nobody but who teaches here', async () => {
      for (const roles of [
        [membershipRole('Learner')],
        [membershipRole('Mentor')],
        [],
        ['TestUser', 'Learner'],
      ]) {
        const before = await visits(room.app.ctx.db).countDocuments();
        const response = await launch(room.app, room.platform, room.claims({ [lti('roles')]: roles }));
        assert.equal(response.status, 303);
        assert.equal(await visits(room.app.ctx.db).countDocuments(), before);
      }
    });
    for (const [what, token] of [
      ['none', undefined],
      ['an unknown one', 'x'.repeat(32)],
      ['an empty one', ''],
      ['a long one', 'x'.repeat(1000)],
    ] as const)
      it(`opens nothing when it is ${what}`, async () => {
        for (const path of ['learners', 'learners/file', 'preview']) {
          const { status } = await room.app.app
            .post(`/link/${path}`)
            .set('Accept', 'text/html')
            .type('form')
            .send(token === undefined ? {} : { visit: token });
          assert.ok(status === 400 || status === 410, `${path}: ${status}`);
        }
      });
    it('is asked for by forms only', async () => {
      const { visit } = await room.enter();
      const { text } = await room.app.app
        .get('/link/learners')
        .query({ visit })
        .set('Accept', 'text/html')
        .expect(405);
      assert.match(text, /Open the activity in your LMS/);
    });
  });

  it('previews the course in a tab of its own, and records nothing on the link', async () => {
    const { visit, text } = await room.enter();
    assert.match(text, /<form method="post" action="\/link\/preview" target="_blank"/);
    const { headers } = await room.step('preview', visit).expect(303);
    const { attempt, launch: opened } = await takeLaunch(
      room.app.ctx,
      new URL(headers.location!).hash.slice(1),
    );
    assert.equal(attempt.graded, false);
    assert.equal((await links(room.app.ctx.db).findOne({ _id: attempt.link }).lean())!.kind, 'preview');
    assert.equal(opened.returnUrl, undefined);
  });

  it('brings the link up to date with what the LMS tells the teacher', async () => {
    const endpoint = {
      scope: ['https://purl.imsglobal.org/spec/lti-ags/scope/score'],
      lineitem: `${room.platform.url}/items/9`,
    };
    await room.enter({ [agsEndpoint]: endpoint });
    assert.equal((await room.link()).lineItem, `${room.platform.url}/items/9`);
  });

  it('is over when the course is gone', async () => {
    const course = await addCourse(room.app, 'Short-lived');
    const custom = { [lti('custom')]: { course }, [lti('resource_link')]: { id: 'short', title: 'Short' } };
    const { visit } = await room.enter(custom);
    await courses(room.app.ctx.db).updateOne({ _id: course }, { $set: { removedAt: room.clock.now() } });
    await room.step('learners', visit).expect(410);
    await assertRefused(await launch(room.app, room.platform, room.teacher(custom)), 404, /pick another one/);
  });
});
