import { globSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import AdmZip from 'adm-zip';
import { ensureFirstAdmin } from './access/sign-in-links.ts';
import { defaultWorkspace } from './access/workspaces.ts';
import type { Context } from './context.ts';
import { createInvitation } from './lti/invitations.ts';
import { findPlatformBy } from './lti/platforms.ts';
import { hasCourses } from './packages/courses.ts';
import { ingestPackage } from './packages/ingest.ts';
import { startSandbox, type Sandbox } from './sandbox/start.ts';

const sampleCourse = join(import.meta.dirname, '../sample-course');

/** What a new installation finds: a course to play, a practice LMS to play it in, and a way to sign in. Every start makes sure of it. */
export async function prepareFirstStart(ctx: Context): Promise<{ signInUrl?: string; sandbox?: Sandbox }> {
  const workspace = await defaultWorkspace(ctx);
  const sandbox = ctx.config.sandboxUrl
    ? await openSandbox(ctx, workspace, ctx.config.sandboxUrl)
    : undefined;
  if (sandbox && !(await hasCourses(ctx, workspace))) await addSampleCourse(ctx, workspace);
  return { signInUrl: await ensureFirstAdmin(ctx), sandbox };
}

/** The sandbox LMS, connected as any LMS is: by an invitation, over HTTP. */
async function openSandbox(ctx: Context, workspace: string, url: string): Promise<Sandbox> {
  const sandbox = await startSandbox({
    url,
    toolUrl: ctx.config.publicUrl,
    dataFile: join(ctx.config.dataDir, 'sandbox.json'),
    now: ctx.now,
    log: ctx.log,
  });
  if (!(await isConnected(ctx, sandbox))) {
    const invitation = await createInvitation(ctx, { workspace, by: 'sandbox', approves: true });
    await sandbox.register(invitation.url, { again: true });
  }
  return sandbox;
}

/** Do both sides know of each other? (One may have lost its data, or moved to another port.) */
async function isConnected(ctx: Context, { registered, tool, url }: Sandbox): Promise<boolean> {
  return registered && tool !== undefined && (await findPlatformBy(ctx, url, tool.clientId)) !== undefined;
}

async function addSampleCourse(ctx: Context, workspace: string): Promise<void> {
  const zip = new AdmZip();
  for (const file of globSync('**/*.*', { cwd: sampleCourse })) zip.addLocalFile(join(sampleCourse, file));
  const path = join(ctx.config.dataDir, `sample-course-${process.pid}.zip`);
  try {
    zip.writeZip(path);
    await ingestPackage(ctx, { path, workspace, by: 'first start', filename: 'sample-course.zip' });
  } finally {
    await rm(path, { force: true });
  }
}
