import type { Config } from '../config.ts';
import { toolOf } from './tool.ts';

/** The configuration that a Canvas developer key takes by URL or by pasting (doc/api/file.lti_dev_key_config.html). */
export function canvasConfiguration(config: Pick<Config, 'publicUrl' | 'lti'>) {
  const tool = toolOf(config, 'canvas');
  return {
    title: tool.title,
    description: tool.description,
    oidc_initiation_url: tool.loginUrl,
    target_link_uri: tool.launchUrl,
    public_jwk_url: tool.jwksUrl,
    redirect_uris: [tool.launchUrl],
    scopes: tool.scopes,
    custom_fields: tool.customFields,
    extensions: [
      {
        domain: tool.domain,
        tool_id: 'coursedock',
        platform: 'canvas.instructure.com',
        privacy_level: tool.privacyLevel,
        settings: {
          text: tool.title,
          icon_url: tool.iconUrl,
          selection_width: 900,
          selection_height: 700,
          placements: tool.placements.map((placement) => ({
            enabled: true,
            target_link_uri: tool.launchUrl,
            ...('icon_url' in placement || placement.placement !== 'editor_button'
              ? {}
              : { icon_url: tool.iconUrl }),
            ...placement,
          })),
        },
      },
    ],
  };
}
