import type { Context } from '../../src/context.ts';
import type { GradedLink } from '../../src/grades/queue.ts';
import type { Rules } from '../../src/grades/score.ts';
import { savePlatform, recordDeployment } from '../../src/lti/platforms.ts';
import { everyScope, type Lms } from './lms.ts';

/** Connects an LMS with a world, and gives links in it: one for each column. */
export async function connectLms(ctx: Context, { url, family, column }: Lms) {
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
