import type { Context } from '../context.ts';
import { dropToken } from './access-tokens.ts';
import { keysFetched } from './heard.ts';
import { keysIn } from './jwks.ts';
import { readLineItem } from './line-items.ts';
import type { LtijsWorld } from './ltijs.ts';
import { readMembers } from './nrps.ts';
import { askPlatform, PlatformFailure, type PlatformAnswer } from './platform-http.ts';
import type { PlatformRecord } from './platform.model.ts';
import { listDeployments } from './platforms.ts';
import { lineItemReading, scopes } from './scopes.ts';
import { listRefusals } from './refusals.ts';
import { isOfPlatform } from './service-addresses.ts';
import { serviceToken } from './service-token.ts';
import type { ServiceFailure } from './service.ts';

/**
 * One thing that was looked at. `code` names its texts: `lti.doctor.<code>` says what was found, `lti.doctor.<code>.todo`
 * what to do, where there is something.
 */
export type Finding = {
  tone: 'good' | 'warning' | 'bad' | 'info';
  code: string;
  values: Record<string, string | number>;
};

/** A link of the platform by which its services are tried: the one that was opened last. */
export type KnownLink = { lineItem?: string; memberships?: string; scopes?: string[] };

export type Look = LtijsWorld & Pick<Context, 'config'>;
type World = Look;

/** What is looked at, in the order in which it can be. */
export const parts = ['trust', 'keys', 'tokens', 'ours', 'services'] as const;
export type Part = (typeof parts)[number];

/** Looks at a connection from every side, and tells what each part found as it is through. */
export async function lookAt(
  ctx: World,
  platform: PlatformRecord,
  link: KnownLink | undefined,
  tell: (part: Part, findings: Finding[]) => Promise<void>,
): Promise<Finding[]> {
  const told = async (part: Part, looking: Promise<Finding[]>) => {
    const findings = await looking;
    await tell(part, findings);
    return findings;
  };
  const [trust, keys, tokens] = await Promise.all([
    told('trust', trustOf(ctx, platform)),
    told('keys', theirKeys(ctx, platform)),
    told('tokens', tokensOf(ctx, platform)),
  ]);
  const given = tokens.some(({ tone }) => tone === 'good');
  const [ours, services] = await Promise.all([
    told('ours', ourKeys(ctx, given)),
    told('services', servicesOf(ctx, platform, { link, given })),
  ]);
  return [...trust, ...keys, ...ours, ...tokens, ...services];
}

/** Is anybody let in at all? */
async function trustOf(ctx: World, platform: PlatformRecord): Promise<Finding[]> {
  if (!platform.active) return [found('bad', 'off')];
  const all = await listDeployments(ctx, platform.workspace, platform._id);
  const [approved, waiting] = (['approved', 'waiting'] as const).map(
    (status) => all.filter((one) => one.status === status).length,
  );
  if (approved! > 0) return [found('good', 'trusted', { count: approved! })];
  return [waiting! > 0 ? found('warning', 'waits') : found('info', 'unheard')];
}

/** Can we read the keys its launches are signed with? Its clock is told by the way. */
async function theirKeys(ctx: World, { jwksUri: address }: PlatformRecord): Promise<Finding[]> {
  const begun = Date.now();
  const answer = await ask(ctx, address);
  const took = Date.now() - begun;
  if (answer instanceof PlatformFailure)
    return [found('bad', 'keys.unreachable', { address, reason: answer.message })];
  const clock = clockOf(answer, ctx.now(), took);
  const keys = answer.ok ? keysIn(answer.json()) : undefined;
  if (!answer.ok)
    return [found('bad', 'keys.refused', { address, reason: answer.failure().message }), ...clock];
  if (!keys) return [found('bad', 'keys.none', { address }), ...clock];
  if (keys.size === 0) return [found('bad', 'keys.unfit', { address }), ...clock];
  return [found('good', 'keys.read', { address, count: keys.size }), ...clock];
}

function ask(ctx: World, address: string): Promise<PlatformAnswer | PlatformFailure> {
  return askPlatform(ctx, address, { headers: { Accept: 'application/json' } }).catch(
    (error: PlatformFailure) => error,
  );
}

/** A token is good from `iat` to `exp`, often a minute; we allow a minute more on either side (verify-launch.ts). */
function clockOf({ headers }: PlatformAnswer, now: Date, took: number): Finding[] {
  const theirs = Date.parse(headers.get('date') ?? '');
  if (Number.isNaN(theirs)) return [];
  // The header was written somewhere on the way, and has whole seconds.
  const apart = Math.round((theirs + 500 - (now.getTime() - took / 2)) / 1000);
  const seconds = Math.abs(apart);
  if (seconds <= 10) return [found('good', 'clock.same')];
  const way = apart > 0 ? 'ahead' : 'behind';
  return [found(seconds <= 60 ? 'warning' : 'bad', `clock.${way}`, { seconds })];
}

/** Can the platform read ours? It can, if it took our signature; otherwise all we know is whether anybody has. */
async function ourKeys(ctx: World, taken: boolean): Promise<Finding[]> {
  const address = `${ctx.config.publicUrl}/lti/jwks`;
  if (taken) return [found('good', 'ours.read', { address })];
  const last = await keysFetched(ctx);
  if (!last) return [found('bad', 'ours.never', { address })];
  const by = last.by || '–';
  return [found('warning', 'ours.fetched', { address, at: last.at.toISOString(), by })];
}

/** What a scope is for, in the order of what hurts most without it. */
const uses = [
  ['score', scopes.score, 'bad'],
  ['result', scopes.result, 'warning'],
  ['lineItemRead', scopes.lineItemRead, 'warning'],
  ['lineItem', scopes.lineItem, 'warning'],
  ['members', scopes.members, 'warning'],
] as const;

/** New ones: one that was kept says nothing of today. */
async function tokensOf(ctx: World, platform: PlatformRecord): Promise<Finding[]> {
  const { issuer, clientId } = platform;
  const asked = await Promise.all(
    uses.map(async ([use, scope, tone]) => {
      await dropToken(ctx, { issuer, clientId, scopes: scope }, () => true);
      const failure = await serviceToken(ctx, platform, [scope]).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (failure !== undefined && !(failure instanceof PlatformFailure)) throw failure;
      return { use, tone, failure };
    }),
  );
  const [refused] = asked.flatMap(({ failure }) => failure ?? []);
  if (refused && asked.every(({ failure }) => failure)) return [noToken(platform, refused)];
  return asked.map(({ use, tone, failure }) =>
    failure
      ? found(tone, `token.${use}.refused`, { reason: failure.message })
      : found('good', `token.${use}`),
  );
}

function noToken({ tokenEndpoint: address }: PlatformRecord, { status, message: reason }: PlatformFailure) {
  const code = status === undefined ? 'unreachable' : status >= 500 ? 'down' : 'refused';
  return found('bad', `token.${code}`, { address, reason });
}

/** Was a launch refused because its services are on a host that is none of the platform, and still is none? */
async function elsewhereOf(ctx: World, platform: PlatformRecord): Promise<Finding[]> {
  const refused = await listRefusals(ctx, platform._id);
  const hosts = refused
    .flatMap(({ hosts: named = '' }) => named.split(', '))
    .filter((host) => URL.canParse(`https://${host}`) && !isOfPlatform(platform, new URL(`https://${host}`)));
  return hosts.length > 0 ? [found('bad', 'services.elsewhere', { hosts: hosts.join(', ') })] : [];
}

/** The services of a link that somebody has opened, and where others were said to be. */
async function servicesOf(
  ctx: World,
  platform: PlatformRecord,
  { link, given }: { link: KnownLink | undefined; given: boolean },
): Promise<Finding[]> {
  const tried = given && link ? [columnOf(ctx, platform, link), membersOf(ctx, platform, link)] : [];
  const services = await Promise.all([...tried, elsewhereOf(ctx, platform)]);
  return [...services.flat(), ...(link ? [] : [found('info', 'noLink')])];
}

async function columnOf(
  ctx: World,
  platform: PlatformRecord,
  { lineItem, scopes: granted = [] }: KnownLink,
): Promise<Finding[]> {
  if (!lineItem) return [found('info', 'column.none')];
  if (!lineItemReading(granted)) return [found('info', 'column.hidden')];
  const answer = await readLineItem(ctx, { platform, lineItem, granted });
  if (!answer.ok) return [failed('column', answer)];
  const { label, scoreMaximum } = answer.lineItem;
  return [found('good', 'column.read', { label, points: scoreMaximum })];
}

async function membersOf(
  ctx: World,
  platform: PlatformRecord,
  { memberships }: KnownLink,
): Promise<Finding[]> {
  if (!memberships) return [found('info', 'members.none')];
  const limits = { pages: 1, items: 1000, seconds: 10 };
  const answer = await readMembers(ctx, platform, memberships, { limits });
  if (!answer.ok) return [failed('members', answer)];
  const more = answer.fault ? 'members.some' : 'members.read';
  return [found('good', more, { count: answer.members.length })];
}

function failed(what: string, { text, status }: ServiceFailure): Finding {
  const gone = what === 'column' && status === 404;
  return found('warning', gone ? 'column.gone' : `${what}.failed`, { reason: text });
}

function found(tone: Finding['tone'], code: string, values: Finding['values'] = {}): Finding {
  return { tone, code, values };
}
