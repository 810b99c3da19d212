import type { DeploymentRecord } from '../lti/deployment.model.ts';
import type { Heard } from '../lti/heard.ts';
import type { PlatformRecord } from '../lti/platform.model.ts';
import { t } from '../web/text.ts';
import { shorten } from '../web/shorten.ts';

/** What an LMS has done so far on its way to the first course, each with when. */
export type FirstSteps = {
  steps: { sign: 'good' | 'waiting' | 'warning'; text: string; at?: Date }[];
  /** Nothing of it is left to be waited for. */
  done: boolean;
};

/** When something was heard is known to the minute (lti/heard.ts). */
const minute = 60_000;

export function firstSteps(
  { createdAt }: Pick<PlatformRecord, 'createdAt'>,
  deployments: Pick<DeploymentRecord, 'status' | 'deploymentId' | 'createdAt'>[],
  { keys, login, launch }: Heard,
): FirstSteps {
  const step = (name: string, at: Date | undefined, values = {}) =>
    at
      ? { sign: 'good' as const, text: t(`admin.firstSteps.${name}`, values), at }
      : { sign: 'waiting' as const, text: t(`admin.firstSteps.${name}.not`) };
  const fetched = keys && keys.at.getTime() > createdAt.getTime() - minute ? keys : undefined;
  return {
    steps: [
      step('connected', createdAt),
      step('keys', fetched?.at, { by: shorten(fetched?.by || '–', 60) }),
      step('login', login),
      placeStep(deployments),
      step('launch', launch),
    ],
    done: launch !== undefined,
  };
}

/** Where one is approved, another that waits is a matter for the list of platforms. */
function placeStep(
  deployments: Pick<DeploymentRecord, 'status' | 'deploymentId' | 'createdAt'>[],
): FirstSteps['steps'][number] {
  const one =
    deployments.find(({ status }) => status === 'approved') ??
    deployments.find(({ status }) => status === 'waiting');
  const values = { id: shorten(one?.deploymentId ?? '', 60) };
  if (one?.status === 'approved')
    return { sign: 'good', text: t('admin.firstSteps.place', values), at: one.createdAt };
  if (one) return { sign: 'warning', text: t('admin.firstSteps.place.waits', values), at: one.createdAt };
  return { sign: 'waiting', text: t('admin.firstSteps.place.not') };
}
