import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from '../../src/context.ts';
import { createDispatch } from '../../src/dispatch/dispatches.ts';
import { ingestPackage } from '../../src/packages/ingest.ts';

export const workspace = 'wsp_test';

/** A course of the test workspace, and a dispatch of it. */
export async function makeDispatch(ctx: Context, zip: Buffer, name = 'Acme') {
  const folder = await mkdtemp(join(tmpdir(), 'coursedock-upload-'));
  const path = join(folder, 'course.zip');
  await writeFile(path, zip);
  const { course } = await ingestPackage(ctx, { path, workspace, by: 'prs_test' });
  await rm(folder, { recursive: true });
  return {
    course,
    dispatch: await createDispatch(ctx, { workspace, course: course._id, name, by: 'prs_test' }),
  };
}
