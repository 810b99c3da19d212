import { Router } from 'express';
import { recentLink } from '../attempts/links.ts';
import type { Context } from '../context.ts';
import type { CheckRecord, CheckRun } from '../lti/check.model.ts';
import { beginCheck, lastCheck } from '../lti/checks.ts';
import { parts, type Finding } from '../lti/doctor.ts';
import { heardOf } from '../lti/heard.ts';
import type { PlatformRecord } from '../lti/platform.model.ts';
import { getPlatform, listDeployments } from '../lti/platforms.ts';
import { listRefusals } from '../lti/refusals.ts';
import { laneState, sendLaneAgain } from '../outbox/deliveries.ts';
import { page } from '../web/render.ts';
import { findText, t } from '../web/text.ts';
import { firstSteps } from './first-steps.ts';
import { checkForm } from './own-requests.ts';
import { platformRow } from './platform-row.ts';
import { shorten } from '../web/shorten.ts';
import { visitorOf } from './visitor.ts';

/** One LMS: does the connection work, and if not, what is to be done. */
export function platformRoutes(ctx: Context): Router {
  const routes = Router();

  routes.get('/:id', async (req, res) => {
    const platform = await platformOf(visitorOf(req).workspace, req.params.id);
    const [check, heard, refused, grades, deployments] = await Promise.all([
      lastCheck(ctx, platform._id),
      heardOf(ctx, platform._id),
      listRefusals(ctx, platform._id),
      laneState(ctx, platform._id),
      listDeployments(ctx, platform.workspace, platform._id),
    ]);
    page(req, res, 'admin/platform', {
      said: req.query.said,
      isOff: !platform.active,
      platform: platformRow(platform, deployments, ctx.config),
      addresses: {
        keys: platform.jwksUri,
        tokens: platform.tokenEndpoint,
        services: platform.serviceHosts ?? [],
      },
      check: checkRow(check),
      run: check?.run && runRow(check.run, ctx.now()),
      launchedAt: heard.launch,
      begun: firstSteps(platform, deployments, heard),
      refused: refused.map(({ title, detail, faults, count, lastAt }) => ({
        title,
        detail: shorten(detail, 300),
        faults: faults.map((fault) => shorten(fault, 200)),
        count,
        lastAt,
      })),
      grades: { ...grades, rests: grades.restUntil > ctx.now() ? grades.restUntil : undefined },
    });
  });

  routes.post('/:id/check', checkForm, async (req, res) => {
    const platform = await platformOf(visitorOf(req).workspace, String(req.params.id));
    const deployments = await listDeployments(ctx, platform.workspace, platform._id);
    const link = await recentLink(
      ctx,
      deployments.map(({ _id }) => _id),
    );
    // Not waited for: the page that follows shows how far it is.
    await beginCheck(ctx, platform, link);
    res.redirect(303, `/admin/platforms/${platform._id}#connection`);
  });

  routes.post('/:id/send', checkForm, async (req, res) => {
    const { workspace } = visitorOf(req);
    const platform = await platformOf(workspace, String(req.params.id));
    await sendLaneAgain(ctx, workspace, platform._id);
    res.redirect(303, `/admin/platforms/${platform._id}?said=sending`);
  });

  function platformOf(workspace: string, id: string): Promise<PlatformRecord> {
    return getPlatform(ctx, workspace, id);
  }

  return routes;
}

/** What a look found, the worst first, with what to do. */
function checkRow(check: CheckRecord | undefined) {
  if (!check?.at) return undefined;
  const { at, findings } = check;
  const tones = ['bad', 'warning', 'good', 'info'] as const;
  const worst = tones.find((tone) => findings.some((one) => one.tone === tone))!;
  return {
    at,
    overall: worst === 'info' ? 'good' : worst,
    findings: findings.toSorted((a, b) => tones.indexOf(a.tone) - tones.indexOf(b.tone)).map(findingRow),
  };
}

/** How far one is that is under way: each part, and what it found when it is through. */
function runRow({ startedAt, until, parts: through }: CheckRun, now: Date) {
  return {
    startedAt,
    stopped: until <= now,
    parts: parts.map((part) => ({
      text: t(`admin.platform.part.${part}`),
      findings: through[part]?.map(findingRow),
    })),
  };
}

function findingRow({ tone, code, values }: Finding) {
  const short = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'string' ? shorten(value, 300) : value,
    ]),
  );
  return {
    tone,
    says: t(`lti.doctor.${code}`, short),
    at: typeof values.at === 'string' ? new Date(values.at) : undefined,
    todo: findText(`lti.doctor.${code}.todo`, short),
  };
}
