import assert from 'node:assert/strict';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { platforms } from '../../src/lti/platform.model.ts';
import { disablePlatform, enablePlatform, findPlatformBy } from '../../src/lti/platforms.ts';
import { removeCourse } from '../../src/packages/courses.ts';
import { readPoints } from '../../src/launch/picker.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { makeClock } from '../support/clock.ts';
import { addCourse } from '../lti/courses.ts';
import { assertRefused, connect, launch } from '../lti/launching.ts';
import {
  deepLinkingClaims,
  dlClaim,
  learnerClaims,
  lti,
  makeBrowser,
  membershipRole,
  startPlatform,
  type TestPlatform,
} from '../lti/platform.ts';

type Item = Record<string, unknown> & { lineItem?: Record<string, unknown> };

describe('deep linking', () => {
  const clock = makeClock();
  let app: TestApp;
  let platform: TestPlatform;
  let golf: string;
  let chess: string;

  before(async () => {
    app = await startApp({ overrides: { now: clock.now } });
    platform = await startPlatform();
    await connect(app, platform);
    golf = await addCourse(app, 'Golf <explained>', 'wsp_test', 'All about golf.');
    chess = await addCourse(app, 'Chess');
  });
  after(async () => {
    await app.stop();
    await platform.stop();
  });

  /** The picker's page, and its form as a browser without scripts would send it. */
  async function openPicker(settings: object = {}, more: object = {}) {
    const response = await launch(app, platform, deepLinkingClaims(platform, app, settings, more));
    const text = await response.text();
    assert.equal(response.status, 200, text);
    const ticket = /name="ticket" value="([^"]+)"/.exec(text)![1]!;
    return { text, ticket };
  }
  const send = (form: Record<string, string> | [string, string][], path = '/lti/pick') =>
    makeBrowser().post(app.url + path, form);

  /** Reads the form that goes back to the platform, and verifies its token with the keys we publish. */
  async function readAnswer(response: Response) {
    const text = await response.text();
    assert.equal(response.status, 200, text);
    const jwt = /name="JWT" value="([^"]+)"/.exec(text)![1]!;
    const jwks = (await (await fetch(`${app.url}/lti/jwks`)).json()) as JSONWebKeySet;
    const { payload, protectedHeader } = await jwtVerify(jwt, createLocalJWKSet(jwks), {
      currentDate: clock.now(),
    });
    const items = payload[dlClaim('content_items')] as Item[];
    return {
      text,
      payload,
      protectedHeader,
      items,
      action: /<form method="post" action="([^"]+)"/.exec(text)![1]!.replaceAll('&amp;', '&'),
    };
  }

  it('shows the courses of the workspace, and nothing of others', async () => {
    await addCourse(app, 'Foreign course', 'wsp_other');
    const { text } = await openPicker();
    assert.match(text, /Golf &lt;explained&gt;/);
    assert.match(text, /All about golf/);
    assert.match(text, /SCORM 1\.2/);
    assert.match(text, new RegExp(`<input type="checkbox" name="course" value="${golf}"`));
    assert.doesNotMatch(text, /Foreign course/);
  });

  it('sends back one course, signed, with its column', async () => {
    const { ticket } = await openPicker({ data: 'opaque ✓ data' });
    const { payload, protectedHeader, items, action, text } = await readAnswer(
      await send({ ticket, course: golf, [`points_${golf}`]: '12,5', [`label_${golf}`]: 'Golf test' }),
    );
    assert.equal(action, `${platform.url}/return?sesskey=abc`);
    assert.match(text, /<button class="button primary">Go back/, 'works without scripts');
    assert.equal(protectedHeader.alg, 'RS256');
    assert.equal(payload.iss, platform.clientId);
    assert.equal(payload.aud, platform.url);
    assert.ok(payload.nonce);
    assert.ok(payload.iat! < clock.now().getTime() / 1000, "not in Moodle's future");
    assert.equal(payload[lti('message_type')], 'LtiDeepLinkingResponse');
    assert.equal(payload[lti('version')], '1.3.0');
    assert.equal(payload[lti('deployment_id')], platform.deploymentId);
    assert.equal(payload[dlClaim('data')], 'opaque ✓ data');
    assert.deepEqual(items, [
      {
        type: 'ltiResourceLink',
        url: `${app.url}/lti/launch`,
        title: 'Golf <explained>',
        text: 'All about golf.',
        icon: { url: `${app.url}/icon.svg` },
        custom: { course: golf, points: '12.5' },
        lineItem: {
          scoreMaximum: 12.5,
          label: 'Golf test',
          resourceId: golf,
          tag: 'coursedock',
          submissionReview: { reviewableStatus: ['Started', 'InProgress', 'Submitted', 'Completed'] },
        },
        iframe: { width: 1000, height: 720 },
      },
    ]);
  });

  it('and the platform can launch what it got', async () => {
    const { ticket } = await openPicker();
    const { items } = await readAnswer(await send({ ticket, course: golf }));
    const response = await launch(
      app,
      platform,
      learnerClaims(platform, app, {
        [lti('custom')]: items[0]!.custom,
        [lti('target_link_uri')]: items[0]!.url,
      }),
    );
    assert.equal(response.status, 303);
  });

  it('sends back several courses in the order they were picked', async () => {
    const { ticket } = await openPicker();
    const { items, payload } = await readAnswer(
      await send([
        ['ticket', ticket],
        ['course', chess],
        ['course', golf],
      ]),
    );
    assert.deepEqual(
      items.map(({ custom }) => (custom as { course: string }).course),
      [chess, golf],
    );
    assert.deepEqual(
      items.map(({ lineItem }) => lineItem?.scoreMaximum),
      [100, 100],
    );
    assert.equal(payload[dlClaim('data')], undefined, 'Moodle sends none');
    assert.equal(payload[dlClaim('msg')], '2 courses were added.');
  });

  for (const accept of [false, undefined, 'false', 'nonsense', null]) {
    it(`offers one course, and sends one, with accept_multiple ${JSON.stringify(accept)}`, async () => {
      const { ticket, text } = await openPicker({ accept_multiple: accept });
      assert.match(text, /<input type="radio" name="course"/);
      const { items } = await readAnswer(
        await send([
          ['ticket', ticket],
          ['course', chess],
          ['course', golf],
        ]),
      );
      assert.equal(items.length, 1);
    });
  }
  it('takes the text "true" for true', async () => {
    assert.match((await openPicker({ accept_multiple: 'true' })).text, /type="checkbox" name="course"/);
  });

  it('asks where to open it only where the platform offers both, and keeps the answer', async () => {
    const { ticket, text } = await openPicker();
    assert.match(text, /<select id="shown" name="shown">/);
    const again = await send({ ticket, do: 'search', search: 'golf', shown: 'window' });
    assert.match(await again.text(), /<option value="window" selected>/);
    const { items } = await readAnswer(await send({ ticket, course: golf, shown: 'window' }));
    assert.deepEqual([items[0]!.window, items[0]!.iframe], [{ targetName: '_blank' }, undefined]);
    for (const targets of [['iframe'], ['window'], []]) {
      const { text } = await openPicker({ accept_presentation_document_targets: targets });
      assert.doesNotMatch(text, /name="shown"/);
    }
  });

  it('sends no column where the platform takes none, and asks for no points', async () => {
    const { ticket, text } = await openPicker({ accept_lineitem: false });
    assert.doesNotMatch(text, /points_/);
    const { items } = await readAnswer(await send({ ticket, course: golf, [`points_${golf}`]: '10' }));
    assert.equal(items[0]!.lineItem, undefined);
  });
  it('sends no column without points', async () => {
    for (const points of ['', '0', ' ']) {
      const { ticket } = await openPicker();
      const { items } = await readAnswer(await send({ ticket, course: golf, [`points_${golf}`]: points }));
      assert.equal(items[0]!.lineItem, undefined);
    }
  });
  it('calls the column as the course, unless told otherwise', async () => {
    const { ticket } = await openPicker();
    const { items } = await readAnswer(await send({ ticket, course: chess, [`label_${chess}`]: '  ' }));
    assert.equal(items[0]!.lineItem!.label, 'Chess');
  });

  const targets: [string[] | undefined, object][] = [
    [['iframe', 'window'], { iframe: { width: 1000, height: 720 } }],
    [['window'], { window: { targetName: '_blank' } }],
    [['embed'], {}],
    [undefined, {}],
  ];
  for (const [accepted, shown] of targets) {
    it(`opens it as the platform can: ${accepted?.join(', ') ?? 'says nothing'}`, async () => {
      const { ticket } = await openPicker({ accept_presentation_document_targets: accepted });
      const { items } = await readAnswer(await send({ ticket, course: chess }));
      const { iframe, window } = items[0]!;
      assert.deepEqual(JSON.parse(JSON.stringify({ iframe, window })), shown);
    });
  }

  describe('where LMSs differ', () => {
    const as = (family: string) =>
      platforms(app.ctx.db).updateOne({ issuer: platform.url }, { $set: { family } });
    after(() => as('other'));
    const typed = () => ({
      course: golf,
      zone: 'Europe/Berlin',
      [`from_${golf}`]: '2027-01-15T08:00',
      [`due_${golf}`]: '2027-06-30T23:59',
      [`until_${golf}`]: '2027-07-02T12:00',
    });
    const windows = {
      available: { startDateTime: '2027-01-15T07:00:00Z', endDateTime: '2027-07-02T10:00:00Z' },
      submission: { endDateTime: '2027-06-30T21:59:00Z' },
    };
    const datesIn = ({ available, submission }: Item) => ({ available, submission });

    it('asks a Moodle neither where to open it nor what to call the column, which are its own', async () => {
      await as('moodle');
      const { text } = await openPicker();
      assert.match(text, /name="points_/);
      assert.doesNotMatch(text, /name="shown"|name="label_/);
      await as('other');
      assert.match((await openPicker()).text, /name="label_/);
    });

    for (const family of ['canvas', 'brightspace']) {
      it(`says when it opens, is due and closes to ${family}`, async () => {
        await as(family);
        const { ticket, text } = await openPicker();
        assert.match(text, new RegExp(`type="datetime-local" id="due-${golf}"`));
        const { items } = await readAnswer(await send({ ticket, ...typed() }));
        assert.deepEqual(datesIn(items[0]!), windows);
      });
    }
    for (const family of ['moodle', 'blackboard', 'sakai', 'schoology', 'other']) {
      it(`asks for none where they would come to nothing, and sends none (${family})`, async () => {
        await as(family);
        const { ticket, text } = await openPicker();
        assert.doesNotMatch(text, /datetime-local|name="zone"/);
        const { items } = await readAnswer(await send({ ticket, ...typed(), [`due_${golf}`]: 'nonsense' }));
        assert.deepEqual(datesIn(items[0]!), { available: undefined, submission: undefined });
      });
    }
    it('sends no empty ones', async () => {
      await as('canvas');
      const { ticket } = await openPicker();
      const { items } = await readAnswer(await send({ ticket, course: golf, zone: '', [`due_${golf}`]: '' }));
      assert.ok(!('available' in items[0]!) && !('submission' in items[0]!));
    });
    it('without points: Brightspace keeps them, Canvas would not', async () => {
      await as('brightspace');
      const free = { ...typed(), [`points_${golf}`]: '' };
      const { items } = await readAnswer(await send({ ticket: (await openPicker()).ticket, ...free }));
      assert.deepEqual(datesIn(items[0]!), windows);
      await as('canvas');
      const refused = await send({ ticket: (await openPicker()).ticket, ...free });
      assert.equal(refused.status, 422);
      assert.match(await refused.text(), /keeps dates only of what has points/);
      const { text } = await openPicker({ accept_lineitem: false });
      assert.doesNotMatch(text, /datetime-local/);
    });
    it('says at the field what is wrong with it, keeps all that was typed, and then takes it', async () => {
      await as('canvas');
      const { ticket } = await openPicker();
      const refused = await send({ ticket, ...typed(), [`until_${golf}`]: '2027-01-14T12:00' });
      assert.equal(refused.status, 422);
      const text = await refused.text();
      assert.match(
        text,
        new RegExp(`value="2027-01-14T12:00"[^>]* until-${golf}-error" aria-invalid="true"`),
      );
      assert.match(text, new RegExp(`id="until-${golf}-error">This must be after it opens`));
      assert.match(text, new RegExp(`id="due-${golf}" name="due_${golf}" value="2027-06-30T23:59"`));
      assert.match(text, /<details class="dates" open>/);
      assert.match(text, /<option value="Europe\/Berlin" selected>/);
      assert.deepEqual(datesIn((await readAnswer(await send({ ticket, ...typed() }))).items[0]!), windows);
    });
    for (const zone of ['', 'Mars/Olympus']) {
      it(`wants to know by which clocks (${zone || 'nothing said'})`, async () => {
        await as('canvas');
        const refused = await send({ ticket: (await openPicker()).ticket, ...typed(), zone });
        assert.equal(refused.status, 422);
        const text = await refused.text();
        assert.match(text, /Say at the bottom of the page in which time zone this is/);
        assert.match(text, /<select id="zone" name="zone" aria-invalid="true">/);
      });
    }
    it('takes the time zone that the LMS names, also by an old name, and a chosen one before it', async () => {
      await as('canvas');
      const { ticket, text } = await openPicker({}, { [lti('custom')]: { time_zone: 'US/Eastern' } });
      assert.match(text, /<option value="US\/Eastern" selected>/);
      const page = await send({ ticket, do: 'search', zone: 'Europe/Rome' });
      assert.match(await page.text(), /<option value="Europe\/Rome" selected>/);
      const { text: none } = await openPicker(
        {},
        { [lti('custom')]: { time_zone: '$Person.address.timezone' } },
      );
      assert.doesNotMatch(none.slice(none.indexOf('id="zone"')), /selected/);
    });
  });

  for (const data of ['', 'x'.repeat(8192)]) {
    it(`gives ${data.length} characters of data back`, async () => {
      const { ticket } = await openPicker({ data });
      assert.equal((await readAnswer(await send({ ticket, course: chess }))).payload[dlClaim('data')], data);
    });
  }

  it('cancels with no items', async () => {
    const { ticket } = await openPicker({ data: 'd' });
    const { items, payload } = await readAnswer(await send({ ticket, course: golf }, '/lti/pick/cancel'));
    assert.deepEqual(items, []);
    assert.equal(payload[dlClaim('data')], 'd');
    await assertRefused(await send({ ticket, course: golf }), 410, /used already/);
  });

  it('keeps two tabs apart', async () => {
    const [one, two] = [await openPicker({ data: 'one' }), await openPicker({ data: 'two' })];
    const second = await readAnswer(await send({ ticket: two.ticket, course: golf }));
    const first = await readAnswer(await send({ ticket: one.ticket, course: chess }));
    assert.deepEqual([first.payload[dlClaim('data')], second.payload[dlClaim('data')]], ['one', 'two']);
  });

  it('serves once, also at the same moment', async () => {
    const { ticket } = await openPicker();
    const answers = await Promise.all(Array.from({ length: 20 }, () => send({ ticket, course: golf })));
    const statuses = answers.map(({ status }) => status);
    assert.equal(statuses.filter((status) => status === 200).length, 1);
    assert.ok(statuses.every((status) => status === 200 || status === 410));
  });

  it('searches without scripts and keeps what is picked and typed', async () => {
    const { ticket } = await openPicker();
    const response = await send({
      ticket,
      course: chess,
      search: 'gOLf',
      do: 'search',
      [`points_${chess}`]: '7',
      [`label_${chess}`]: 'My "chess"',
    });
    const text = await response.text();
    assert.equal(response.status, 200);
    assert.match(text, /1 course</);
    assert.match(text, new RegExp(`value="${chess}" id="pick-${chess}" checked`));
    assert.match(text, new RegExp(`name="points_${chess}" value="7"`));
    assert.match(text, new RegExp(`name="label_${chess}" value="My &#34;chess&#34;"`));
    assert.match(text, new RegExp(`value="${golf}"`));
    assert.match(text, /value="gOLf"/);
    const { items } = await readAnswer(await send({ ticket, course: chess }));
    assert.equal(items.length, 1);
  });
  it('says when nothing is called that', async () => {
    const { ticket } = await openPicker();
    const text = await (await send({ ticket, search: 'zzz"><script>', do: 'search' })).text();
    assert.match(text, /No course is called that/);
    assert.doesNotMatch(text, /<script>"|"><script>/);
  });

  const faults: [string, (ticket: string) => Record<string, string>, RegExp][] = [
    ['nothing picked', (ticket) => ({ ticket }), /Pick a course first/],
    [
      'points that are none',
      (ticket) => ({ ticket, course: golf, [`points_${golf}`]: 'many' }),
      /"many" is not a number/,
    ],
    [
      'negative points',
      (ticket) => ({ ticket, course: golf, [`points_${golf}`]: '-1' }),
      /not a number of points/,
    ],
    ['a course that is none', (ticket) => ({ ticket, course: 'crs_none' }), /removed in the meantime/],
  ];
  for (const [name, form, says] of faults) {
    it(`shows the form again with ${name}, and then takes it`, async () => {
      const { ticket } = await openPicker();
      const response = await send(form(ticket));
      assert.equal(response.status, 422);
      assert.match((await response.text()).replaceAll('&#34;', '"'), says);
      assert.equal((await readAnswer(await send({ ticket, course: chess }))).items.length, 1);
    });
  }
  it("does not take another workspace's course, or one removed meanwhile", async () => {
    const foreign = await addCourse(app, 'Theirs', 'wsp_other');
    const gone = await addCourse(app, 'Soon gone');
    const { ticket } = await openPicker();
    await removeCourse(app.ctx, 'wsp_test', gone);
    for (const course of [foreign, gone]) assert.equal((await send({ ticket, course })).status, 422);
  });

  it('previews a course in a tab of its own, as often as wanted', async () => {
    const { ticket, text } = await openPicker();
    assert.match(text, /<form id="preview" method="post" action="\/lti\/preview" target="_blank">/);
    for (let i = 0; i < 2; i += 1) {
      const response = await send({ ticket, course: golf }, '/lti/preview');
      assert.equal(response.status, 303);
      assert.match(response.headers.get('location')!, new RegExp(`^${app.contentUrl}/play#`));
    }
    await assertRefused(await send({ ticket: 'none', course: golf }, '/lti/preview'), 410);
    await assertRefused(await send({ ticket, course: 'crs_none' }, '/lti/preview'), 404);
  });

  describe('is refused', () => {
    for (const [name, roles] of [
      ['a learner', [membershipRole('Learner')]],
      ['no role', []],
      ['a mentor', ['Mentor']],
    ] as const) {
      it(`to ${name}`, async () => {
        const claims = deepLinkingClaims(platform, app, {}, { [lti('roles')]: roles });
        await assertRefused(await launch(app, platform, claims), 403, /Only teachers/);
      });
    }
    it('where the platform takes no LTI links', async () => {
      await assertRefused(
        await launch(app, platform, deepLinkingClaims(platform, app, { accept_types: ['file', 'html'] })),
        400,
        /file, html/,
      );
    });
    it('without a ticket, with another kind of ticket, and with JSON', async () => {
      await assertRefused(await send({ course: golf }), 400);
      await assertRefused(await send({ ticket: 'x', course: golf }), 410);
      await assertRefused(await send({ ticket: 'x' }, '/lti/pick/cancel'), 410);
      const json = await fetch(`${app.url}/lti/pick`, {
        method: 'POST',
        body: '{"ticket":{"$ne":1}}',
        headers: { 'content-type': 'application/json' },
      });
      await assertRefused(json, 400);
      await assertRefused(
        await send([
          ['ticket', 'a'],
          ['ticket', 'b'],
        ]),
        400,
      );
    });
    it('after four hours', async () => {
      const { ticket } = await openPicker();
      clock.advance(4 * 3600_000 + 1000);
      await assertRefused(await send({ ticket, course: golf }), 410, /open too long/);
    });
    it('when the platform was disabled meanwhile', async () => {
      const { ticket } = await openPicker();
      const { _id } = (await findPlatformBy(app.ctx, platform.url, platform.clientId))!;
      await disablePlatform(app.ctx, 'wsp_test', _id);
      await assertRefused(await send({ ticket, course: golf }), 403, /switched off/);
      await assertRefused(await send({ ticket, course: golf }, '/lti/preview'), 403);
      await enablePlatform(app.ctx, 'wsp_test', _id);
    });
  });

  describe('with many courses', () => {
    before(async () => {
      for (let i = 0; i < 130; i += 1) await addCourse(app, `Course number ${String(i).padStart(3, '0')}`);
    });
    it('shows sixty, and more when asked', async () => {
      const { ticket, text } = await openPicker();
      const rows = (html: string) => html.match(/name="course" value="crs_\w+" id=/g)?.length;
      assert.equal(rows(text), 60);
      assert.match(text, /60\+ courses/);
      const more = await (await send({ ticket, do: 'more', limit: '60', course: golf })).text();
      assert.equal(rows(more), 121, 'and what is picked');
      const all = await (await send({ ticket, do: 'more', limit: '120' })).text();
      assert.doesNotMatch(all, /Show more courses/);
    });
    it('takes a form with all of their fields', async () => {
      const { ticket } = await openPicker();
      const fields = Array.from({ length: 600 }, (_, i): [string, string][] => [
        [`points_crs_${i}`, '100'],
        [`label_crs_${i}`, ''],
      ]).flat();
      assert.equal(
        (await readAnswer(await send([['ticket', ticket], ['course', golf], ...fields]))).items.length,
        1,
      );
    });
  });

  it('says who can help when there are no courses', async () => {
    const other = await startPlatform();
    const empty = await startApp({ overrides: { now: clock.now } });
    await connect(empty, other);
    const text = await (await launch(empty, other, deepLinkingClaims(other, empty))).text();
    assert.match(text, /No courses yet/);
    assert.match(text, /Cancel/);
    await empty.stop();
    await other.stop();
  });
});

describe('points as people type them', () => {
  const table: [string, number | undefined][] = [
    ['10', 10],
    [' 7 ', 7],
    ['2.5', 2.5],
    ['2,5', 2.5],
    ['', 0],
    ['0', 0],
    ['100000', 100_000],
    ['100001', undefined],
    ['-1', undefined],
    ['1e3', undefined],
    ['0x10', undefined],
    ['ten', undefined],
    ['1.2.3', undefined],
    ['Infinity', undefined],
    ['१०', undefined],
  ];
  for (const [typed, points] of table) it(`"${typed}"`, () => assert.equal(readPoints(typed), points));
});
