import type { Config } from '../config.ts';
import { canvasConfiguration } from '../lti/canvas.ts';
import type { PlatformFamily } from '../lti/platform.model.ts';
import { isRefusedByMoodle } from '../lti/quirks.ts';
import { toolOf } from '../lti/tool.ts';
import { findText, t } from '../web/text.ts';

/** How one LMS is connected: in its own menu names. */
export type Guide = {
  family: PlatformFamily;
  name: string;
  /** Does it take the one-time address, or only values typed in on both sides? */
  byAddress: boolean;
  steps: string[];
  /** What is typed in over there, and then here. */
  byHandSteps: string[];
};

/** The most used first. Blackboard's portal registers tools by hand: its dynamic registration is not what the specification says (lti.md B.1). */
const families: [family: PlatformFamily, byAddress: boolean][] = [
  ['canvas', true],
  ['moodle', true],
  ['brightspace', true],
  ['blackboard', false],
  ['other', true],
];

/** All guides. Their steps are lines of the catalogue. */
export function guides(): Guide[] {
  return families.map(([family, byAddress]) => ({
    family,
    byAddress,
    name: t(`admin.connect.${family}.name`),
    steps: linesOf(`admin.connect.${family}.steps`),
    byHandSteps: linesOf(`admin.connect.${family}.byHand`),
  }));
}

export function guideOf(family: unknown): Guide {
  const all = guides();
  return all.find((guide) => guide.family === family) ?? all[1]!;
}

/** What is pasted into the LMS, each under the name that its field has there. */
export function valuesFor(family: PlatformFamily, config: Pick<Config, 'publicUrl' | 'lti'>) {
  const tool = toolOf(config, family);
  const custom = Object.entries(tool.customFields).map(([name, value]) => `${name}=${value}`);
  const values: Record<string, string> = {
    config: `${config.publicUrl}/lti/config/canvas.json`,
    json: JSON.stringify(canvasConfiguration(config)),
    domain: tool.domain,
    launch: tool.launchUrl,
    login: tool.loginUrl,
    redirect: tool.launchUrl,
    jwks: tool.jwksUrl,
    picking: tool.launchUrl,
    custom: custom.join('\n'),
  };
  return shown[family in shown ? (family as keyof typeof shown) : 'other'].map((name) => ({
    id: `value-${name}`,
    label: findText(`admin.connect.${family}.value.${name}`) ?? t(`admin.connect.value.${name}`),
    value: values[name]!,
    lines: name === 'custom' ? custom.length : undefined,
  }));
}

/** In the order in which the LMS asks. */
const shown = {
  canvas: ['config', 'redirect', 'json'],
  moodle: ['launch', 'jwks', 'login', 'redirect', 'custom', 'picking'],
  brightspace: ['domain', 'redirect', 'login', 'launch', 'jwks'],
  blackboard: ['domain', 'login', 'redirect', 'jwks', 'launch'],
  other: ['login', 'launch', 'redirect', 'jwks'],
} as const;

/** What is known to stand in the way between this server and that LMS. */
export function obstacleFor(
  family: PlatformFamily,
  { publicUrl }: Pick<Config, 'publicUrl'>,
): string | undefined {
  const url = publicUrl;
  if (family === 'moodle' && isRefusedByMoodle(publicUrl)) return t('admin.connect.moodle.refuses', { url });
  const isPlain = new URL(publicUrl).protocol === 'http:';
  return isPlain && family !== 'other' && family !== 'moodle' ? t('admin.connect.plain') : undefined;
}

function linesOf(key: string): string[] {
  return t(key).split('\n').filter(Boolean);
}
