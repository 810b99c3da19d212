import type { Config } from '../config.ts';
import type { DeploymentRecord } from '../lti/deployment.model.ts';
import type { PlatformRecord } from '../lti/platform.model.ts';
import { familyName } from '../lti/quirks.ts';
import { t } from '../web/text.ts';
import { shorten } from '../web/shorten.ts';

/** A platform with its deployments, as the list shows it. */
export function platformRow(
  platform: PlatformRecord,
  deployments: DeploymentRecord[],
  config: Pick<Config, 'sandboxUrl'>,
) {
  return {
    id: platform._id,
    address: `/admin/platforms/${platform._id}`,
    name: shorten(platform.name, 100),
    family:
      platform.issuer === config.sandboxUrl
        ? t('admin.platforms.sandbox')
        : (familyName(platform.family) ?? ''),
    issuer: platform.issuer,
    clientId: platform.clientId,
    active: platform.active,
    createdAt: platform.createdAt,
    deployments: deployments.filter((deployment) => deployment.platform === platform._id).map(deploymentRow),
  };
}

export function deploymentRow(deployment: DeploymentRecord) {
  const tones = { approved: 'good', waiting: 'warning', disabled: 'plain' } as const;
  return {
    id: deployment._id,
    name: shorten(deployment.name || deployment.deploymentId, 100),
    deploymentId: shorten(deployment.deploymentId, 100),
    status: deployment.status,
    chip: { tone: tones[deployment.status], text: t(`admin.deployment.${deployment.status}`) },
    createdAt: deployment.createdAt,
  };
}
