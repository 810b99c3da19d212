import type { Context } from '../context.ts';
import { newId } from '../store/id.ts';
import { hashToken } from '../store/token.ts';
import { NotFound, Unauthorized } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { apiKeys, type ApiKeyRecord } from './api-key.model.ts';
import { isKey, newKey } from './key-format.ts';

type World = Pick<Context, 'db' | 'now'>;

/** `lastUsedAt` is written at most this often. */
const touchMs = 60_000;

/** Makes a key. `key` is shown once and stored nowhere; scopes default to everything (`*`). */
export async function createApiKey(
  ctx: World,
  of: { workspace: string; name: string; by: string; scopes?: string[] },
): Promise<{ key: string; record: ApiKeyRecord }> {
  const key = newKey();
  const record: ApiKeyRecord = {
    _id: newId('key'),
    workspace: of.workspace,
    name: of.name.trim() || 'API key',
    keyHash: hashToken(key),
    last4: key.slice(-4),
    scopes: of.scopes ?? ['*'],
    createdBy: of.by,
    createdAt: ctx.now(),
  };
  await apiKeys(ctx.db).create(record);
  return { key, record };
}

/**
 * Whose key an `Authorization` header (`Bearer <key>`) or the value of `X-API-Key` (the bare key) shows. Throws 401:
 * `no-key`, or `wrong-key` for one that is mistyped, unknown or revoked.
 */
export async function authenticateKey(
  ctx: World,
  header: string | undefined,
): Promise<{ workspace: string; key: string; scopes: string[] }> {
  const key = header?.replace(/^Bearer\s+/i, '').trim();
  if (!key) throw new Unauthorized('no-key', t('access.noKey.title'), { detail: t('access.noKey.detail') });
  const record = isKey(key)
    ? await apiKeys(ctx.db)
        .findOne({ keyHash: hashToken(key) })
        .lean()
    : undefined;
  if (!record || record.revokedAt)
    throw new Unauthorized('wrong-key', t('access.wrongKey.title'), { detail: t('access.wrongKey.detail') });
  const now = ctx.now();
  if (!record.lastUsedAt || now.getTime() - record.lastUsedAt.getTime() > touchMs) {
    await apiKeys(ctx.db).updateOne({ _id: record._id }, { $max: { lastUsedAt: now } });
  }
  return { workspace: record.workspace, key: record._id, scopes: record.scopes };
}

/** All keys of a workspace, newest first; revoked ones too, for the record. */
export async function listApiKeys(ctx: Pick<Context, 'db'>, workspace: string): Promise<ApiKeyRecord[]> {
  return apiKeys(ctx.db).find({ workspace }).sort({ createdAt: -1, _id: -1 }).limit(500).lean();
}

/** From now on the key opens nothing. Revoking it again changes nothing. */
export async function revokeApiKey(ctx: World, workspace: string, id: string): Promise<void> {
  const found = await apiKeys(ctx.db).findOne({ _id: id, workspace }).lean();
  if (!found) throw new NotFound(t('access.key'));
  await apiKeys(ctx.db).updateOne(
    { _id: id, revokedAt: { $exists: false } },
    { $set: { revokedAt: ctx.now() } },
  );
}
