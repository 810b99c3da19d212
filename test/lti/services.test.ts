import assert from 'node:assert/strict';
import { columnPoints } from '../../src/lti/column-points.ts';
import {
  createLineItem,
  ensureLineItem,
  readLineItem,
  readLineItems,
  updateLineItem,
} from '../../src/lti/line-items.ts';
import { nextPage, readPages, usualLimits } from '../../src/lti/pages.ts';
import { readResults } from '../../src/lti/results.ts';
import { scopes } from '../../src/lti/scopes.ts';
import { below } from '../../src/lti/service.ts';
import { lms, openServiceWorld, type Call, type ServiceWorld } from './service-world.ts';

const everything = Object.values(scopes);
const lineItems = `${lms}/course/2/lineitems?type_id=1`;

describe('the address of a service', () => {
  const table: [string, string, Record<string, string>, string][] = [
    ['https://l/x', 'results', { user_id: '1' }, 'https://l/x/results?user_id=1'],
    [
      'https://l/x?a=b%20c+d&e',
      'results',
      { user_id: 'ü&1' },
      'https://l/x/results?a=b%20c+d&e&user_id=%C3%BC%261',
    ],
    ['https://l/x?limit=5', '', { limit: '1000' }, 'https://l/x?limit=1000'],
    ['https://l/x?type_id=1', '', {}, 'https://l/x?type_id=1'],
  ];
  for (const [address, path, query, expected] of table)
    it(`${address} with ${path} ${JSON.stringify(query)}`, () =>
      assert.equal(below(address, path, query), expected));
});

describe('the next page', () => {
  const page = 'https://lms.example/a/b?x=1';
  const table: [link: string | undefined, next: string | undefined][] = [
    [undefined, undefined],
    ['', undefined],
    ['<https://lms.example/a?page=2>; rel="next"', 'https://lms.example/a?page=2'],
    ['<https://lms.example/a?page=2>; rel=next', 'https://lms.example/a?page=2'],
    ['<https://lms.example/a?page=2>;rel = "NEXT"', 'https://lms.example/a?page=2'],
    ['<https://lms.example/a?page=2>; rel=“next”', 'https://lms.example/a?page=2'],
    [
      '<https://lms.example/a?page=2>; rel=\u00e2\u0080\u009cnext\u00e2\u0080\u009d',
      'https://lms.example/a?page=2',
    ],
    [
      '<https://lms.example/a?p=1>; rel="prev", <https://lms.example/a?p=3>; rel="next"',
      'https://lms.example/a?p=3',
    ],
    ['<https://lms.example/a?q=1,2;3>; rel="first next"; title="more"', 'https://lms.example/a?q=1,2;3'],
    ['<https://lms.example/a>; title="next"', undefined],
    ['<https://lms.example/a>; rel="nextpage"', undefined],
    ['<https://lms.example/a>; rel="last"', undefined],
    ['<?page=2>; rel="next"', 'https://lms.example/a/b?page=2'],
    ['<http://lms.example/a?page=2>; rel="next"', 'https://lms.example/a?page=2'],
    ['<http://other.example/a?page=2>; rel="next"', 'http://other.example/a?page=2'],
    ['<http://[>; rel="next"', undefined],
    ['rel="next"', undefined],
  ];
  for (const [link, next] of table)
    it(`of ${link}`, () =>
      assert.equal(nextPage({ get: (name) => (name === 'link' ? (link ?? null) : null) }, page), next));
});

describe('services of a platform', () => {
  let world: ServiceWorld;
  before(async () => {
    world = await openServiceWorld();
  });
  after(() => world?.close());
  beforeEach(() => {
    world.clock.advance(2 * 3600_000);
    Object.assign(world, { calls: [], tokens: [] });
  });

  /** Pages of two by `from`, as Moodle makes them, whatever is asked. */
  const paged = (all: unknown[], more: { header?: (next: string) => string } = {}) => {
    const { header = (next) => `<${next}>; rel="next"` } = more;
    world.answer = ({ url }) => {
      const at = new URL(url);
      const from = Number(at.searchParams.get('from') ?? 0);
      const rows = all.slice(from, from + 2);
      at.searchParams.set('from', String(from + 2));
      return Response.json(rows, from + 2 < all.length ? { headers: { Link: header(at.href) } } : {});
    };
  };
  const item = (id: number, more: object = {}) => ({
    id: `${lms}/course/2/lineitems/${id}/lineitem?type_id=1`,
    label: `Column ${id}`,
    scoreMaximum: 100,
    ...more,
  });
  const columns = async (granted = everything, family?: Parameters<ServiceWorld['platform']>[0]) => ({
    platform: await world.platform(family),
    lineItems,
    granted,
  });

  describe('lists', () => {
    const list = async (limits = usualLimits) =>
      readPages(
        world.ctx,
        await world.platform(),
        { url: `${lms}/list?a=1`, scope: 's', accept: 'x/y' },
        (body) => (Array.isArray(body) ? (body as number[]) : undefined),
        limits,
      );

    it('are read to the end, each page with the token and the media type', async () => {
      paged([1, 2, 3, 4, 5]);
      assert.deepEqual(await list(), { ok: true, items: [1, 2, 3, 4, 5] });
      assert.deepEqual(
        world.calls.map(({ url }) => url),
        [`${lms}/list?a=1`, `${lms}/list?a=1&from=2`, `${lms}/list?a=1&from=4`],
      );
      for (const { headers } of world.calls)
        assert.deepEqual([headers.get('authorization'), headers.get('accept')], ['Bearer t1', 'x/y']);
    });
    it('are never followed to another server, where the token has no business', async () => {
      paged([1, 2, 3], { header: (next) => `<${next.replace('lms.example', 'evil.example')}>; rel="next"` });
      const { items, fault } = (await list()) as { items: number[]; fault: string };
      assert.deepEqual(items, [1, 2]);
      assert.match(fault, /another server/);
      assert.equal(world.calls.length, 1);
    });
    it('end where they go round in circles', async () => {
      world.answer = () => Response.json([1], { headers: { Link: `<${lms}/list?a=1>; rel="next"` } });
      assert.match(((await list()) as { fault: string }).fault, /read before/);
      assert.equal(world.calls.length, 1);
    });
    it('end where they have too many pages, too much in them, or take too long', async () => {
      const many = Array.from({ length: 40 }, (_, i) => i);
      for (const limits of [
        { ...usualLimits, pages: 3 },
        { ...usualLimits, items: 6 },
      ]) {
        paged(many);
        const { items, fault } = (await list(limits)) as { items: number[]; fault: string };
        assert.equal(items.length, 6);
        assert.match(fault, /too long/);
      }
      paged(many);
      const { answer } = world;
      world.answer = (call) => {
        world.clock.advance(25_000);
        return answer(call);
      };
      assert.equal(((await list()) as { items: number[] }).items.length, 6);
    });
    it('that break off say what was read and why it is not all', async () => {
      paged([1, 2, 3, 4, 5]);
      const { answer } = world;
      world.answer = (call) =>
        call.url.includes('from=4') ? new Response('', { status: 500 }) : answer(call);
      assert.deepEqual(await list(), { ok: true, items: [1, 2, 3, 4], fault: '500' });
    });
    it('whose first page fails, or is none, are failures', async () => {
      world.answer = () => new Response('busy', { status: 503, headers: { 'Retry-After': '7' } });
      assert.deepEqual(await list(), {
        ok: false,
        status: 503,
        text: '503 busy',
        retry: true,
        retryAfter: 7,
      });
      world.answer = () => new Response('<html>Sign in</html>');
      const { ok, retry } = (await list()) as { ok: boolean; retry: boolean };
      assert.deepEqual([ok, retry], [false, true]);
    });
  });

  describe('the columns of a gradebook', () => {
    it('are found by link, resource and tag, on all pages, also where the platform knows no filter', async () => {
      const all = [
        item(1, { resourceLinkId: 'a', resourceId: 'crs_1', tag: 'grade' }),
        item(2, { resourceLinkId: 'b', resourceId: 'crs_1' }),
        item(3, { resourceLinkId: 'a', resourceId: 'crs_2' }),
      ];
      paged(all);
      const found = async (wanted: object) => {
        const listed = await readLineItems(world.ctx, await columns(), wanted);
        return listed.ok && listed.items.map(({ label }) => label.at(-1)).join('');
      };
      assert.equal(await found({}), '123');
      assert.equal(await found({ resourceLinkId: 'a' }), '13');
      assert.equal(await found({ resourceId: 'crs_1' }), '12');
      assert.equal(await found({ resourceLinkId: 'a', tag: 'grade' }), '1');
      assert.ok(world.calls.some(({ url }) => url === `${lineItems}&resource_link_id=a&tag=grade`));
      assert.equal(
        world.calls[0]!.headers.get('accept'),
        'application/vnd.ims.lis.v2.lineitemcontainer+json',
      );
    });
    it('are read with the scope to read them where there is one (Moodle), else with the one to write them', async () => {
      paged([item(1)]);
      await readLineItems(world.ctx, await columns());
      await readLineItems(world.ctx, await columns([scopes.lineItem]));
      assert.deepEqual(world.tokens, [scopes.lineItemRead, scopes.lineItem]);
      const refused = await readLineItems(world.ctx, await columns([scopes.score]));
      assert.equal(refused.ok, false);
      assert.equal(world.tokens.length, 2);
    });
    it('are shown with what a platform writes in its own way', async () => {
      world.answer = () =>
        Response.json({ ...item(1), resourceLinkId: 7, tag: null, scoreMaximum: '20', 'https://x/y': 1 });
      const one = await readLineItem(world.ctx, {
        platform: await world.platform(),
        lineItem: item(1).id,
        granted: everything,
      });
      assert.ok(one.ok);
      assert.deepEqual(
        [one.lineItem.resourceLinkId, one.lineItem.tag, one.lineItem.scoreMaximum],
        ['7', undefined, 20],
      );
    });
    it('are made where they may be, in their media type, at the address with its query', async () => {
      world.answer = ({ body }) => Response.json({ ...JSON.parse(body), id: item(9).id }, { status: 201 });
      const made = await createLineItem(world.ctx, await columns(), { label: 'Golf', scoreMaximum: 20 });
      assert.ok(made.ok && made.lineItem.id === item(9).id);
      const [{ method, url, headers, body }] = world.calls as [Call];
      assert.deepEqual([method, url], ['POST', lineItems]);
      assert.equal(headers.get('content-type'), 'application/vnd.ims.lis.v2.lineitem+json');
      assert.deepEqual(JSON.parse(body), { label: 'Golf', scoreMaximum: 20 });
      const readOnly = await createLineItem(world.ctx, await columns([scopes.lineItemRead]), {
        label: 'x',
        scoreMaximum: 1,
      });
      assert.equal(readOnly.ok, false);
      assert.equal(world.calls.length, 1);
    });
    it('of a link is looked for before it is made', async () => {
      const wanted = {
        label: 'Golf',
        scoreMaximum: 20,
        resourceLinkId: 'a',
        resourceId: 'crs_1',
        tag: 'grade',
      };
      paged([item(1, { resourceLinkId: 'b' }), item(2, { resourceLinkId: 'a' }), item(3, { ...wanted })]);
      const ours = await ensureLineItem(world.ctx, await columns(), wanted);
      assert.ok(ours.ok && ours.lineItem.label === 'Golf');
      paged([item(2, { resourceLinkId: 'a' })]);
      const theirs = await ensureLineItem(world.ctx, await columns(), wanted);
      assert.ok(theirs.ok && theirs.lineItem.label === 'Column 2');
      assert.ok(world.calls.every(({ method }) => method === 'GET'));
      world.answer = ({ method, body }) =>
        method === 'GET' ? Response.json([]) : Response.json({ ...JSON.parse(body), id: item(4).id });
      const made = await ensureLineItem(world.ctx, await columns(), wanted);
      assert.ok(made.ok && made.lineItem.id === item(4).id);
      assert.deepEqual(JSON.parse(world.calls.at(-1)!.body), wanted);
    });
    it('is not made where it cannot be seen whether it is there', async () => {
      paged([item(1), item(2), item(3)]);
      const { answer } = world;
      world.answer = (call) =>
        call.url.includes('from=2') ? new Response('', { status: 500 }) : answer(call);
      const wanted = { label: 'Golf', scoreMaximum: 20, resourceLinkId: 'a' };
      const half = await ensureLineItem(world.ctx, await columns(), wanted);
      assert.deepEqual([half.ok, (half as { retry: boolean }).retry], [false, true]);
      assert.ok(world.calls.every(({ method }) => method === 'GET'));
    });
    it('is changed as a whole, with what the platform has of its own', async () => {
      const now = item(1, { resourceLinkId: 'a', tag: 'grade', gradesReleased: true });
      world.answer = ({ method }) =>
        method === 'GET' ? Response.json(now) : new Response('', { status: 200 });
      const column = { platform: await world.platform(), lineItem: now.id, granted: everything };
      const changed = await updateLineItem(world.ctx, column, { label: 'New' });
      assert.ok(changed.ok && changed.lineItem.label === 'New');
      const [, put] = world.calls;
      assert.equal(put!.method, 'PUT');
      assert.deepEqual(JSON.parse(put!.body), { ...now, label: 'New' });
    });
    it('have points that are asked for once in a while', async () => {
      world.answer = () => Response.json(item(1, { scoreMaximum: 20 }));
      const column = { platform: await world.platform(), lineItem: item(1).id, granted: everything };
      const all = await Promise.all(Array.from({ length: 5 }, () => columnPoints(world.ctx, column)));
      assert.deepEqual(all, [20, 20, 20, 20, 20]);
      assert.equal(world.calls.length, 1);
      world.clock.advance(11 * 60_000);
      world.answer = () => Response.json(item(1, { scoreMaximum: 0 }));
      assert.equal(await columnPoints(world.ctx, column), undefined);
      assert.equal(world.calls.length, 2);
    });
  });

  describe('results', () => {
    const column = async (family?: Parameters<ServiceWorld['platform']>[0]) => ({
      platform: await world.platform(family),
      lineItem: item(1).id,
      granted: everything,
    });
    const row = (userId: unknown, more: object = {}) => ({ id: 'x', scoreOf: 'y', userId, ...more });

    it('are read on all pages, from below the path of the column', async () => {
      paged([row('1', { resultScore: 5, resultMaximum: 10 }), row(2, { resultScore: '7.5' }), row('3')]);
      assert.deepEqual(await readResults(world.ctx, await column()), {
        ok: true,
        items: [
          { userId: '1', points: 5, maximum: 10, comment: undefined },
          { userId: '2', points: 7.5, maximum: undefined, comment: undefined },
          { userId: '3', points: undefined, maximum: undefined, comment: undefined },
        ],
      });
      assert.equal(world.calls[0]!.url, `${lms}/course/2/lineitems/1/lineitem/results?type_id=1`);
      assert.deepEqual(world.tokens, [scopes.result]);
    });
    it('of one learner are theirs alone, whatever the platform answers', async () => {
      paged([row('1', { resultScore: 5 }), row('11', { resultScore: 6 })]);
      const listed = await readResults(world.ctx, await column(), { userId: '1' });
      assert.deepEqual(listed.ok && listed.items.map(({ points }) => points), [5]);
      assert.match(world.calls[0]!.url, /results\?type_id=1&user_id=1$/);
    });
    it('with comments are all asked for on a Blackboard, which leaves them out for one learner', async () => {
      paged([row('1', { comment: 'Good' }), row('2')]);
      const listed = await readResults(world.ctx, await column('blackboard'), {
        userId: '1',
        comments: true,
      });
      assert.deepEqual(listed.ok && listed.items.map(({ comment }) => comment), ['Good']);
      assert.match(world.calls[0]!.url, /\?type_id=1&limit=1000$/);
      await readResults(world.ctx, await column('blackboard'), { userId: '1' });
      assert.match(world.calls.at(-1)!.url, /&user_id=1$/);
    });
    it('with a score that is none are without', async () => {
      paged([row('1', { resultScore: '' }), row('2', { resultScore: null })]);
      const listed = await readResults(world.ctx, await column());
      assert.deepEqual(listed.ok && listed.items.map(({ points }) => points), [undefined, undefined]);
    });
  });
});
