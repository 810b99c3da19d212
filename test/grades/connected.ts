import { generateKeyPairSync } from 'node:crypto';
import type { Context } from '../../src/context.ts';
import type { GradedLink } from '../../src/grades/queue.ts';
import type { Rules } from '../../src/grades/score.ts';
import { keys } from '../../src/lti/key.model.ts';
import { savePlatform, recordDeployment } from '../../src/lti/platforms.ts';
import { seal } from '../../src/lti/seal.ts';
import { newId } from '../../src/store/id.ts';
import { everyScope, type Lms } from './lms.ts';

/** Making a key pair takes a while: in these tests all platforms have the same. */
const pair = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

async function addSpareKey(ctx: Context): Promise<void> {
  const _id = newId('key');
  const { publicKey, privateKey } = pair;
  await keys(ctx.db).create({
    _id,
    publicKey,
    privateKey: seal(ctx, privateKey, _id),
    createdAt: ctx.now(),
  });
}

/** Connects an LMS with a world, and gives links in it: one for each column. */
export async function connectLms(ctx: Context, { url, family, column }: Lms) {
  await addSpareKey(ctx);
  const platform = await savePlatform(ctx, {
    workspace: 'wsp_1',
    issuer: url,
    clientId: 'tool',
    name: family,
    family,
    authorizationEndpoint: `${url}/auth`,
    tokenEndpoint: `${url}/token`,
    jwksUri: `${url}/jwks`,
  });
  const deployment = await recordDeployment(ctx, {
    platform: platform!,
    deploymentId: '1',
    status: 'approved',
    name: '',
  });
  const link = (name: string, rules: Partial<Rules> = {}): GradedLink => ({
    _id: `lnk_${name}`,
    workspace: 'wsp_1',
    kind: 'lti',
    course: 'crs_1',
    title: 'Golf',
    rules: { counts: 'score', keep: 'best', points: 100, ...rules },
    deployment: deployment._id,
    lineItem: column(name),
    scopes: everyScope,
  });
  return { platform: platform!, link };
}
