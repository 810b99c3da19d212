import type { Context } from '../context.ts';
import { isDuplicate } from '../store/mongo.ts';
import { workspaces } from './workspace.model.ts';

const theOne = 'wsp_default';

/** The id of the workspace a new installation has; made when it is first asked for. */
export async function defaultWorkspace(ctx: Pick<Context, 'db' | 'now'>): Promise<string> {
  if (await workspaces(ctx.db).exists({ _id: theOne })) return theOne;
  try {
    await workspaces(ctx.db).create({ _id: theOne, name: 'Coursedock', createdAt: ctx.now() });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
  }
  return theOne;
}
