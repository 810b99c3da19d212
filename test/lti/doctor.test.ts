import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import type { CheckRecord } from '../../src/lti/check.model.ts';
import { beginCheck, lastCheck } from '../../src/lti/checks.ts';
import type { KnownLink } from '../../src/lti/doctor.ts';
import type { PlatformRecord } from '../../src/lti/platform.model.ts';
import { noteKeysFetched } from '../../src/lti/heard.ts';
import { heard } from '../../src/lti/heard.model.ts';
import { deployments } from '../../src/lti/deployment.model.ts';
import { disablePlatform, enablePlatform, findPlatform, recordDeployment } from '../../src/lti/platforms.ts';
import { scopes } from '../../src/lti/scopes.ts';
import { findText, t } from '../../src/web/text.ts';
import { lms, openServiceWorld, type ServiceWorld } from './service-world.ts';

const key = (bits: number, more: object = {}) => ({
  ...generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({ format: 'jwk' }),
  kid: 'k',
  ...more,
});
const good = key(2048);

describe('the doctor of connections', () => {
  let world: ServiceWorld;
  before(async () => {
    world = await openServiceWorld();
  });
  after(() => world?.close());
  beforeEach(async () => {
    world.clock.advance(3600_000);
    Object.assign(world, { calls: [], tokens: [], refuses: () => undefined });
    await heard(world.ctx.db).deleteMany({});
    await deployments(world.ctx.db).deleteMany({});
    world.answer = well;
  });

  const date = (ahead = 0) => ({ Date: new Date(world.clock.now().getTime() + ahead * 1000).toUTCString() });
  const lineItem = `${lms}/items/7?type_id=1`;
  const memberships = `${lms}/members`;
  const link: KnownLink = { lineItem, memberships, scopes: Object.values(scopes) };
  const well: ServiceWorld['answer'] = ({ url }) => {
    const { pathname } = new URL(url);
    if (pathname === '/jwks') return Response.json({ keys: [good] }, { headers: date() });
    if (pathname === '/items/7') return Response.json({ id: lineItem, label: 'Golf', scoreMaximum: 20 });
    return Response.json({ members: [{ user_id: '1', roles: ['Learner'] }] });
  };
  async function checkConnection(
    platform: PlatformRecord,
    known: KnownLink | undefined,
  ): Promise<CheckRecord> {
    const begun = await beginCheck(world.ctx, platform, known);
    await begun!.finished;
    return (await lastCheck(world.ctx, platform._id))!;
  }
  /** `tone code` of what is found. */
  async function look(known: KnownLink | null = link): Promise<string[]> {
    const { _id } = await world.platform();
    const check = await checkConnection((await findPlatform(world.ctx, _id))!, known ?? undefined);
    for (const { tone, code, values } of check.findings) {
      assert.doesNotMatch(t(`lti.doctor.${code}`, values), /\{\w+\}/);
      const isWell = tone === 'good' || tone === 'info';
      assert.ok(isWell || findText(`lti.doctor.${code}.todo`), `${code}: and what is to be done?`);
    }
    return check.findings.map(({ tone, code }) => `${tone} ${code}`);
  }
  const without = (found: string[], ...parts: string[]) =>
    found.filter((one) => !parts.some((part) => one.includes(part)));

  it('finds everything well where it is, and keeps what it found', async () => {
    const platform = await world.platform();
    await recordDeployment(world.ctx, { platform, deploymentId: '1', status: 'approved', name: '' });
    assert.deepEqual(await look(), [
      'good trusted',
      'good keys.read',
      'good clock.same',
      'good ours.read',
      'good token.score',
      'good token.result',
      'good token.lineItemRead',
      'good token.lineItem',
      'good token.members',
      'good column.read',
      'good members.read',
    ]);
    const kept = (await lastCheck(world.ctx, platform._id))!;
    assert.deepEqual(kept.at, world.clock.now());
    assert.equal(kept.findings.length, 11);
    assert.deepEqual(kept.findings.find(({ code }) => code === 'column.read')!.values, {
      label: 'Golf',
      points: 20,
    });
  });

  it('asks for new tokens, each time', async () => {
    await look();
    await look();
    assert.equal(world.tokens.length, 10);
  });

  it('tells whether anybody is let in', async () => {
    const platform = await world.platform();
    assert.ok((await look()).includes('info unheard'));
    await recordDeployment(world.ctx, { platform, deploymentId: '1', status: 'waiting', name: '' });
    assert.ok((await look()).includes('warning waits'));
    await disablePlatform(world.ctx, 'wsp_1', platform._id);
    assert.ok((await look()).includes('bad off'));
    await enablePlatform(world.ctx, 'wsp_1', platform._id);
  });

  const keys: [what: string, answer: () => Response, found: string][] = [
    ['are refused', () => new Response('no', { status: 403 }), 'bad keys.refused'],
    ['are a page', () => new Response('<html>Sign in</html>'), 'bad keys.none'],
    ['are none', () => Response.json({ keys: [] }), 'bad keys.unfit'],
    ['are too weak', () => Response.json({ keys: [key(1024)] }), 'bad keys.unfit'],
    ['have no name', () => Response.json({ keys: [{ ...good, kid: undefined }] }), 'bad keys.unfit'],
  ];
  for (const [what, answer, expected] of keys)
    it(`finds that the keys ${what}`, async () => {
      world.answer = (call) => (call.url.endsWith('/jwks') ? answer() : well(call));
      assert.ok((await look()).includes(expected), String(await look()));
    });

  it('finds that the keys cannot be reached, and says why', async () => {
    world.answer = (call) => {
      if (call.url.endsWith('/jwks')) throw new TypeError('fetch failed', { cause: new Error('ENOTFOUND') });
      return well(call);
    };
    const { findings } = await checkConnection(await world.platform(), link);
    const { code, values } = findings.find(({ tone }) => tone === 'bad')!;
    assert.deepEqual([code, values.reason], ['keys.unreachable', 'ENOTFOUND']);
  });

  for (const [ahead, expected] of [
    [8, 'good clock.same'],
    [-8, 'good clock.same'],
    [45, 'warning clock.ahead'],
    [-45, 'warning clock.behind'],
    [300, 'bad clock.ahead'],
    [-4000, 'bad clock.behind'],
  ] as const)
    it(`finds a clock that is ${ahead} s off: ${expected}`, async () => {
      world.answer = (call) =>
        call.url.endsWith('/jwks') ? Response.json({ keys: [good] }, { headers: date(ahead) }) : well(call);
      assert.ok((await look()).includes(expected), String(await look()));
    });

  it('finds what the platform gives no leave for, one by one', async () => {
    world.refuses = (scope) =>
      scope === scopes.score || scope === scopes.members
        ? Response.json({ error: 'invalid_scope' }, { status: 400 })
        : undefined;
    const found = await look();
    assert.ok(found.includes('bad token.score.refused') && found.includes('warning token.members.refused'));
    assert.ok(found.includes('good token.result') && found.includes('good ours.read'));
  });

  it('finds that it gives none at all, and tells who has fetched our keys', async () => {
    world.refuses = () => Response.json({ error: 'invalid_client' }, { status: 400 });
    const none = without(await look(), 'keys.', 'clock', 'unheard');
    assert.deepEqual(none, ['bad ours.never', 'bad token.refused']);
    await noteKeysFetched(world.ctx, 'Moodle/4.5');
    assert.ok((await look()).includes('warning ours.fetched'));
    world.refuses = () => new Response('', { status: 503 });
    assert.ok((await look()).includes('bad token.down'));
    world.refuses = () => {
      throw new TypeError('fetch failed');
    };
    assert.ok((await look()).includes('bad token.unreachable'));
  });

  const services: [
    string,
    KnownLink | undefined,
    Partial<Record<'/items/7' | '/members', Response>>,
    string,
  ][] = [
    ['no link is known', undefined, {}, 'info noLink'],
    ['the link has no column', { memberships }, {}, 'info column.none'],
    [
      'the column may not be read',
      { lineItem, memberships, scopes: [scopes.score] },
      {},
      'info column.hidden',
    ],
    ['the column is gone', link, { '/items/7': new Response('', { status: 404 }) }, 'warning column.gone'],
    ['the column is no column', link, { '/items/7': new Response('?') }, 'warning column.failed'],
    ['the platform tells of no members', { lineItem, scopes: link.scopes }, {}, 'info members.none'],
    [
      'the members are refused',
      link,
      { '/members': new Response('', { status: 403 }) },
      'warning members.failed',
    ],
  ];
  for (const [what, known, answers, expected] of services)
    it(`finds that ${what}`, async () => {
      world.answer = (call) => answers[new URL(call.url).pathname as '/members']?.clone() ?? well(call);
      const found = await look(known ?? null);
      assert.ok(found.includes(expected), String(found));
    });
});
