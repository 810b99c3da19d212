import mongoose from 'mongoose';

/** The store said no: it is alive. (A list of writes that lost its connection calls itself an answer of the server, too.) */
export function isRefusal(error: unknown): error is { code: number } {
  return error instanceof mongoose.mongo.MongoServerError && typeof error.code === 'number';
}
