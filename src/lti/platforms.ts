import type { Context } from '../context.ts';
import { newId } from '../store/id.ts';
import { isDuplicate } from '../store/mongo.ts';
import { findTogether } from '../store/together.ts';
import { NotFound } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { deployments, type DeploymentRecord } from './deployment.model.ts';
import { ltijsOf, type LtijsWorld } from './ltijs.ts';
import { platforms, type PlatformFamily, type PlatformRecord } from './platform.model.ts';
import { authorizationServerOf, familyOf } from './quirks.ts';

type Reading = Pick<Context, 'db'>;
type Writing = Pick<Context, 'db' | 'now'>;

export type NewPlatform = {
  workspace: string;
  issuer: string;
  clientId: string;
  name: string;
  family?: PlatformFamily;
  authorizationEndpoint: string;
  tokenEndpoint: string;
  jwksUri: string;
  authorizationServer?: string;
  /** Hosts that its services may be on besides its own; not given: as it was. */
  serviceHosts?: string[];
  /** The first deployment it launches from is to be trusted. */
  trustsFirst?: boolean;
};

/** Adds a platform, with a key of its own, or brings an old one up to date. Another workspace's is left alone: undefined. */
export async function savePlatform(
  ctx: LtijsWorld,
  platform: NewPlatform,
): Promise<PlatformRecord | undefined> {
  const { issuer, clientId } = platform;
  const before = await findPlatformBy(ctx, issuer, clientId);
  if (before?.workspace && before.workspace !== platform.workspace) return undefined;
  const family = platform.family ?? familyOf(issuer);
  await ltijsOf(ctx).registerPlatform({
    url: issuer,
    clientId,
    name: platform.name,
    authenticationEndpoint: platform.authorizationEndpoint,
    accesstokenEndpoint: platform.tokenEndpoint,
    authorizationServer: authorizationServerOf(family, platform.authorizationServer),
    authConfig: { method: 'JWK_SET', key: platform.jwksUri },
  });
  const { workspace, trustsFirst, serviceHosts } = platform;
  const saved = await platforms(ctx.db)
    .findOneAndUpdate(
      { issuer, clientId, workspace: { $in: ['', workspace] } },
      {
        $set: {
          workspace,
          family,
          active: before?.active ?? true,
          ...(trustsFirst && { trustsFirst }),
          ...(serviceHosts && { serviceHosts }),
        },
      },
      { returnDocument: 'after' },
    )
    .lean();
  return saved ?? undefined;
}

/** The platforms of lti-config.json: theirs is the file's word, at every start. Their deployments need no approval. */
export async function ensureStaticPlatforms(
  ctx: LtijsWorld & Pick<Context, 'config' | 'log'>,
  workspace: string,
): Promise<void> {
  for (const given of ctx.config.lti.platforms) {
    const platform = await savePlatform(ctx, {
      workspace,
      issuer: given.issuer,
      clientId: given.client_id,
      name: given.name,
      authorizationEndpoint: given.authorization_endpoint,
      tokenEndpoint: given.token_endpoint,
      jwksUri: given.jwks_uri,
      authorizationServer: given.authorization_server,
      serviceHosts: given.service_hosts,
    });
    if (!platform) {
      ctx.log.warn(
        { issuer: given.issuer },
        'a platform of lti-config.json belongs to another workspace already',
      );
      continue;
    }
    for (const deploymentId of given.deployment_ids) {
      await recordDeployment(ctx, { platform, deploymentId, status: 'approved', name: given.name });
    }
  }
}

/** Is it one of lti-config.json? Then the file says how it is, at every start. */
export function isStatic(
  { lti }: Pick<Context['config'], 'lti'>,
  { issuer, clientId }: Pick<PlatformRecord, 'issuer' | 'clientId'>,
): boolean {
  return lti.platforms.some((given) => given.issuer === issuer && given.client_id === clientId);
}

/** What an administrator may change of a platform. */
export type PlatformChange = Pick<
  PlatformRecord,
  'name' | 'authorizationEndpoint' | 'tokenEndpoint' | 'jwksUri'
> & { authorizationServer: string; serviceHosts: string[] };

export async function changePlatform(
  ctx: Reading,
  workspace: string,
  _id: string,
  { authorizationServer, ...change }: PlatformChange,
): Promise<PlatformRecord> {
  const update = authorizationServer
    ? { $set: { ...change, authorizationServer } }
    : { $set: change, $unset: { authorizationServer: 1 as const } };
  const changed = await platforms(ctx.db)
    .findOneAndUpdate({ _id, workspace }, update, { returnDocument: 'after' })
    .lean();
  if (!changed) throw new NotFound(t('lti.platform'));
  return changed;
}

/** A platform of this workspace. */
export async function getPlatform(ctx: Reading, workspace: string, id: string): Promise<PlatformRecord> {
  const platform = await findPlatform(ctx, id);
  if (platform?.workspace !== workspace) throw new NotFound(t('lti.platform'));
  return platform;
}

export async function listPlatforms(ctx: Reading, workspace: string): Promise<PlatformRecord[]> {
  return platforms(ctx.db).find({ workspace }).sort({ createdAt: 1 }).lean();
}

export async function findPlatform(ctx: Reading, id: string): Promise<PlatformRecord | undefined> {
  return findTogether<PlatformRecord>(platforms(ctx.db), { _id: id });
}

export async function findPlatformBy(
  ctx: Reading,
  issuer: string,
  clientId: string,
): Promise<PlatformRecord | undefined> {
  return findTogether<PlatformRecord>(platforms(ctx.db), { issuer, clientId });
}

/** All platforms at an issuer, at most a few: an issuer may be shared by many (Canvas). */
export async function platformsAt(ctx: Reading, issuer: string): Promise<PlatformRecord[]> {
  return platforms(ctx.db).find({ issuer }).limit(3).lean();
}

/** No login, launch, pick or grade of it from now on. */
export async function disablePlatform(ctx: Reading, workspace: string, id: string): Promise<PlatformRecord> {
  return setActive(ctx, workspace, id, false);
}

export async function enablePlatform(ctx: Reading, workspace: string, id: string): Promise<PlatformRecord> {
  return setActive(ctx, workspace, id, true);
}

async function setActive(
  ctx: Reading,
  workspace: string,
  _id: string,
  active: boolean,
): Promise<PlatformRecord> {
  const changed = await platforms(ctx.db)
    .findOneAndUpdate(
      { _id, workspace },
      { $set: { active }, ...(!active && { $inc: { timesOff: 1 } }) },
      { returnDocument: 'after' },
    )
    .lean();
  if (!changed) throw new NotFound(t('lti.platform'));
  return changed;
}

/** The deployments of a workspace, or of one platform of it. */
export async function listDeployments(
  ctx: Reading,
  workspace: string,
  platform?: string,
): Promise<DeploymentRecord[]> {
  return deployments(ctx.db)
    .find({ workspace, ...(platform ? { platform } : {}) })
    .sort({ createdAt: 1 })
    .lean();
}

export async function findDeployment(ctx: Reading, id: string): Promise<DeploymentRecord | undefined> {
  return findTogether<DeploymentRecord>(deployments(ctx.db), { _id: id });
}

export async function approveDeployment(
  ctx: Writing,
  workspace: string,
  id: string,
  by?: string,
): Promise<DeploymentRecord> {
  return decide(ctx, workspace, id, 'approved', by);
}

export async function disableDeployment(
  ctx: Writing,
  workspace: string,
  id: string,
  by?: string,
): Promise<DeploymentRecord> {
  return decide(ctx, workspace, id, 'disabled', by);
}

async function decide(
  ctx: Writing,
  workspace: string,
  _id: string,
  status: DeploymentRecord['status'],
  by?: string,
) {
  const changed = await deployments(ctx.db)
    .findOneAndUpdate(
      { _id, workspace },
      {
        $set: { status, decidedBy: by, decidedAt: ctx.now() },
        ...(status === 'disabled' && { $inc: { timesOff: 1 } }),
      },
      { returnDocument: 'after' },
    )
    .lean();
  if (!changed) throw new NotFound(t('lti.deployment'));
  return changed;
}

/** The deployment a launch came from; one never seen before is recorded, trusted only if the platform's invitation said so. */
export async function deploymentOf(
  ctx: Writing,
  platform: PlatformRecord,
  deploymentId: string,
  name: string,
): Promise<DeploymentRecord> {
  const key = { platform: platform._id, deploymentId };
  const known = await findTogether<DeploymentRecord>(deployments(ctx.db), key);
  if (known) return known;
  const status = (await isTrustedFirst(ctx, platform, deploymentId)) ? 'approved' : 'waiting';
  return recordDeployment(ctx, { platform, deploymentId, status, name });
}

/** Records a deployment; one that is there stays as it is, except that a waiting one may become approved. */
export async function recordDeployment(
  ctx: Writing,
  given: { platform: PlatformRecord; deploymentId: string; status: 'approved' | 'waiting'; name: string },
): Promise<DeploymentRecord> {
  const key = { platform: given.platform._id, deploymentId: given.deploymentId };
  const model = deployments(ctx.db);
  if (given.status === 'approved')
    await model.updateOne({ ...key, status: 'waiting' }, { $set: { status: 'approved' } });
  const known = await model.findOne(key).lean();
  if (known) return known;
  const record: DeploymentRecord = {
    _id: newId('dep'),
    ...key,
    workspace: given.platform.workspace,
    status: given.status,
    name: given.name,
    createdAt: ctx.now(),
  };
  try {
    await model.create(record);
    return record;
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    return recordDeployment(ctx, given);
  }
}

async function isTrustedFirst(
  ctx: Reading,
  platform: PlatformRecord,
  deploymentId: string,
): Promise<boolean> {
  if (!platform.trustsFirst) return false;
  if (platform.firstDeployment) return platform.firstDeployment === deploymentId;
  const { _id } = platform;
  await platforms(ctx.db).updateOne(
    { _id, firstDeployment: { $exists: false } },
    { $set: { firstDeployment: deploymentId } },
  );
  const now = await platforms(ctx.db).findOne({ _id }).lean();
  return now?.firstDeployment === deploymentId;
}
