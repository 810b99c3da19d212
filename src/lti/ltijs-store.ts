import type { Context } from '../context.ts';
import { newId } from '../store/id.ts';
import { findToken, keepToken, type Token, type TokenKey } from './access-tokens.ts';
import { keys } from './key.model.ts';
import { platforms, type PlatformRecord } from './platform.model.ts';
import { unseal } from './seal.ts';

/** What ltijs asks of its database (its plugin interface). `Get` answers false when there is nothing. */
export type LtijsStore = {
  setup(): Promise<true>;
  Close(): Promise<true>;
  Get(
    encrypted: string | false,
    collection: string,
    query?: unknown,
  ): Promise<Record<string, unknown>[] | false>;
  Insert(encrypted: string | false, collection: string, item: Row, index?: Row): Promise<true>;
  Replace(
    encrypted: string | false,
    collection: string,
    query: unknown,
    item: Row,
    index?: Row,
  ): Promise<true>;
  Modify(encrypted: string | false, collection: string, query: unknown, change: Row): Promise<true>;
  Delete(collection: string, query: unknown): Promise<true>;
};

type Row = Record<string, unknown>;
type World = Pick<Context, 'db' | 'secret' | 'now'>;
type Collection = {
  get(query: Record<string, string>): Promise<Row[]>;
  replace(query: Record<string, string>, item: Row): Promise<unknown>;
  modify?(query: Record<string, string>, change: Row): Promise<unknown>;
  remove(query: Record<string, string>): Promise<unknown>;
};

/**
 * ltijs' rows on our own records. It may see platforms, their status, keys and access tokens; nonces, states and
 * sessions of launches are ours alone (verify-launch.ts), so asking for those is an error.
 */
export function ltijsStore(ctx: World): LtijsStore {
  const collections: Record<string, Collection> = {
    platform: platformRows(ctx),
    platformStatus: statusRows(ctx),
    publickey: keyRows(ctx, 'public'),
    privatekey: keyRows(ctx, 'private'),
    accesstoken: accessTokenRows(ctx),
  };
  const of = (name: string): Collection => {
    const found = Object.hasOwn(collections, name) ? collections[name] : undefined;
    if (!found) throw new Error(`ltijs asked for "${name}", which it has no business with here`);
    return found;
  };
  return {
    setup: async () => true,
    Close: async () => true,
    Get: async (_encrypted, name, query) => {
      const rows = await of(name).get(plain(query));
      return rows.length > 0 && rows;
    },
    Insert: async (_encrypted, name) => {
      throw new Error(`ltijs inserts nothing into "${name}" here`);
    },
    Replace: async (_encrypted, name, query, item) => {
      await of(name).replace(plain(query), item);
      return true;
    },
    Modify: async (_encrypted, name, query, change) => {
      await of(name).modify?.(plain(query), change);
      return true;
    },
    Delete: async (name, query) => {
      await of(name).remove(plain(query));
      return true;
    },
  };
}

/** ltijs hands on what it was given: a value that is not a string would be an operator of the database. */
function plain(query: unknown): Record<string, string> {
  for (const [key, value] of Object.entries(query ?? {})) {
    if (typeof value !== 'string') throw new TypeError(`A query's "${key}" must be a string`);
  }
  return { ...(query as Record<string, string> | undefined) };
}

/** ltijs' name of a field → ours. */
const fieldNames = {
  platformUrl: 'issuer',
  clientId: 'clientId',
  platformName: 'name',
  authEndpoint: 'authorizationEndpoint',
  accesstokenEndpoint: 'tokenEndpoint',
  authorizationServer: 'authorizationServer',
  kid: 'kid',
} as const satisfies Record<string, keyof PlatformRecord>;

function toOurs(row: Row): Partial<PlatformRecord> {
  const ours: Row = {};
  for (const [theirs, name] of Object.entries(fieldNames))
    if (row[theirs] !== undefined) ours[name] = row[theirs];
  const { key } = (row.authConfig ?? {}) as { key?: string };
  if (key) ours.jwksUri = key;
  return ours;
}

function platformRows({ db, now }: World): Collection {
  const model = platforms(db);
  return {
    get: async (query) => {
      const found = await model.find(toOurs(query)).lean();
      return found.map((platform) => ({
        ...Object.fromEntries(Object.entries(fieldNames).map(([theirs, name]) => [theirs, platform[name]])),
        authConfig: { method: 'JWK_SET', key: platform.jwksUri },
      }));
    },
    replace: (query, item) =>
      model.updateOne(
        toOurs(query),
        // Not active before platforms.ts has said whose it is.
        {
          $set: toOurs(item),
          $setOnInsert: {
            _id: newId('plt'),
            active: false,
            workspace: '',
            family: 'other',
            createdAt: now(),
          },
        },
        { upsert: true },
      ),
    modify: (query, change) => model.updateOne(toOurs(query), { $set: toOurs(change) }),
    remove: (query) => model.deleteMany(toOurs(query)),
  };
}

/** ltijs keeps the status apart, under the kid, and takes a missing row for "active": with us it is a field. */
function statusRows({ db }: World): Collection {
  const model = platforms(db);
  return {
    get: async ({ id }) => {
      const found = await model.findOne({ kid: String(id) }).lean();
      return [{ id, active: found?.active ?? false }];
    },
    replace: ({ id }, item) =>
      model.updateOne({ kid: String(id) }, { $set: { active: item.active === true } }),
    remove: async () => undefined,
  };
}

/** Keys are made by keys.ts; ltijs reads them. */
function keyRows(ctx: World, half: 'public' | 'private'): Collection {
  const model = keys(ctx.db);
  return {
    get: async ({ kid }) => {
      const found = await model.find(kid ? { _id: kid } : {}).lean();
      return found.map((key) => ({
        kid: key._id,
        key: half === 'public' ? key.publicKey : unseal(ctx, key.privateKey, key._id),
      }));
    },
    replace: async () => {
      throw new Error('Keys are made by keys.ts');
    },
    remove: ({ kid }) => model.deleteMany({ _id: String(kid) }),
  };
}

function accessTokenRows(ctx: World): Collection {
  const keyOf = ({ platformUrl, clientId, scopes }: Record<string, string>): TokenKey => ({
    issuer: String(platformUrl),
    clientId: String(clientId),
    scopes: String(scopes),
  });
  return {
    get: async (query) => {
      const token = await findToken(ctx, keyOf(query));
      // ltijs would reckon the end itself, and keeps a token without `expires_in` for ever: a row that is here is valid.
      return token ? [{ token, createdAt: Date.now() }] : [];
    },
    replace: (query, item) => keepToken(ctx, keyOf(query), item.token as Token),
    remove: async () => undefined,
  };
}
