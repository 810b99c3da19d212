import { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import { hasPeople } from '../access/people.ts';
import { signIn } from '../access/sign-in.ts';
import { getSignInLink, isForExisting, takeSignInLink } from '../access/sign-in-links.ts';
import { AppError } from '../web/errors.ts';
import { page } from '../web/render.ts';
import { t } from '../web/text.ts';
import { checkToken } from './own-requests.ts';
import { findVisitor, signInBrowser, signOutBrowser, type World } from './visitor.ts';

/** What people type is taken as text, whatever else a request may carry. */
const text = (longest: number) => z.string().max(longest).catch('');
const signInForm = z.object({ email: text(320), password: text(1000), next: text(2000) });
const welcomeForm = z.object({ email: text(320), name: text(200), password: text(1000), again: text(1000) });

type Fault = { field?: string; text: string };

export function signInRoutes(ctx: World): Router {
  const routes = Router();

  routes.get('/sign-in', async (req, res) => {
    const next = ownPath(req.query.next);
    if (await findVisitor(ctx, req)) return res.redirect(303, next);
    await showSignIn(req, res, { next });
  });

  routes.post('/sign-in', async (req, res) => {
    const form = signInForm.parse(req.body ?? {});
    const next = ownPath(form.next);
    try {
      const person = await signIn(ctx, { ...form, ip: req.ip ?? '' });
      await signInBrowser(ctx, req, res, person);
      res.redirect(303, next);
    } catch (error) {
      // A form that was not accepted is shown again, with what is wrong in it.
      if (!(error instanceof AppError)) throw error;
      res.status(error.status);
      if (error.retryAfter) res.set('Retry-After', String(error.retryAfter));
      await showSignIn(req, res, { next, email: form.email, fault: error.message });
    }
  });

  routes.post('/sign-out', async (req, res) => {
    if (await findVisitor(ctx, req)) checkToken(req);
    await signOutBrowser(ctx, req, res);
    res.redirect(303, '/sign-in');
  });

  routes.get('/welcome/:token', async (req, res) => showWelcome(req, res, {}));

  routes.post('/welcome/:token', async (req, res) => {
    const link = await getSignInLink(ctx, req.params.token);
    const existing = await isForExisting(ctx, link);
    const form = welcomeForm.parse(req.body ?? {});
    const faults = faultsOf({ ...form, email: link.email ?? form.email }, existing);
    if (faults.length) return showWelcome(req, res.status(422), { form, faults });
    try {
      const person = await takeSignInLink(ctx, req.params.token, form);
      await signInBrowser(ctx, req, res, person);
      res.redirect(303, '/admin');
    } catch (error) {
      const field = error instanceof AppError ? fieldOf[error.code] : undefined;
      if (!(error instanceof AppError) || !field) throw error;
      await showWelcome(req, res.status(422), { form, faults: [{ field, text: error.message }] });
    }
  });

  async function showSignIn(
    req: Request,
    res: Response,
    shown: { next: string; email?: string; fault?: string },
  ) {
    page(req, res, 'admin/sign-in', { ...shown, nobody: !(await hasPeople(ctx)) });
  }

  async function showWelcome(
    req: Request<{ token: string }>,
    res: Response,
    shown: { form?: z.infer<typeof welcomeForm>; faults?: Fault[] },
  ) {
    const link = await getSignInLink(ctx, req.params.token);
    const errors = Object.fromEntries((shown.faults ?? []).map((fault) => [fault.field, fault.text]));
    page(req, res, 'admin/welcome', {
      action: `/welcome/${req.params.token}`,
      existing: await isForExisting(ctx, link),
      fixedEmail: link.email,
      form: { email: shown.form?.email ?? '', name: shown.form?.name ?? '' },
      faults: shown.faults ?? [],
      errors,
    });
  }

  return routes;
}

const fieldOf: Partial<Record<string, string>> = { password: 'password', 'email-taken': 'email' };

function faultsOf(form: z.infer<typeof welcomeForm>, existing: boolean): Fault[] {
  const faults: Fault[] = [];
  if (!/^[^\s@]+@[^\s@]+$/.test(form.email.trim()))
    faults.push({ field: 'email', text: t('admin.welcome.noEmail') });
  if (!existing && !form.name.trim()) faults.push({ field: 'name', text: t('admin.welcome.noName') });
  if (form.password !== form.again) faults.push({ field: 'again', text: t('admin.welcome.notTheSame') });
  return faults;
}

/** Where to go after signing in: a work page of ours, never another site (`//evil.example`, `/\evil.example`). */
function ownPath(value: unknown): string {
  return typeof value === 'string' && /^\/admin(?:[/?][^\\]*)?$/.test(value) && !value.includes('//')
    ? value
    : '/admin';
}
