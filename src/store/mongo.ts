import mongoose from 'mongoose';

/** The connection every room makes its models on. Never mongoose's global one: tests and processes build several worlds. */
export type Db = mongoose.Connection;

/** Connects to `url`; strict queries, and indexes are built by {@link ensureIndexes}, not behind one's back. */
export async function connect(url: string): Promise<Db> {
  const db = mongoose.createConnection(url, {
    autoIndex: false,
    autoCreate: false,
    serverSelectionTimeoutMS: 10_000,
    retryWrites: false,
  });
  db.set('strictQuery', 'throw');
  return db.asPromise();
}

/** Is this the error of a unique index? (Races are settled by unique indexes; the loser reads what the winner wrote.) */
export function isDuplicate(error: unknown): boolean {
  return (error as { code?: number } | undefined)?.code === 11000;
}

/**
 * The model of a room on a connection, made once. `schema` is the room's own.
 *
 *     export const courses = modelOf<CourseRecord>('courses', courseSchema);   // in course.model.ts
 *     await courses(ctx.db).findOne({ _id }).lean();
 */
export function modelOf<T>(collection: string, schema: mongoose.Schema<T>): (db: Db) => mongoose.Model<T> {
  registered.add({ collection, schema: schema as unknown as mongoose.Schema });
  return (db) =>
    (db.models[collection] as mongoose.Model<T> | undefined) ?? db.model<T>(collection, schema, collection);
}

const registered = new Set<{ collection: string; schema: mongoose.Schema }>();

/** Creates the collections and indexes of every model that has been imported. Run once at start, before the doors open. */
export async function ensureIndexes(db: Db): Promise<void> {
  for (const { collection, schema } of registered) {
    const model = db.models[collection] ?? db.model(collection, schema, collection);
    await model.createCollection().catch(ignoreExisting);
    await model.createIndexes();
  }
}

function ignoreExisting(error: unknown): void {
  if ((error as { code?: number }).code !== 48) throw error;
}
