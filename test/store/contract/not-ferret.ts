/** What FerretDB 1.24 (SQLite backend) cannot do as MongoDB does: it is not asked, and the run says so and why. */
const cannot: [tests: RegExp, reason: string][] = [
  [/type by type/, 'it ends the connection at a regular expression with options'],
  [/answers what a filter asks/, 'it has no $elemMatch of several conditions'],
  [/goes on through batches/, 'its cursors are snapshots'],
  [/"\$push".*"\$(slice|position|sort)"|keeps a short log/, 'it has $push with $each only'],
  [/"\$pull":\{"a":\{"\$gt"/, 'it pulls values only'],
  [/give a document to one of many|to the first who asks/, 'its findAndModify is not atomic'],
  [/count correctly from many sides/, 'its updates are not atomic'],
  [/hold for updates and upserts|takes a lease/, 'a duplicate key in an update has another code'],
  [/are not made over documents/, 'a duplicate key in a new index has another code'],
  [/makes the indexes/, 'it refuses TTL and sparse indexes'],
];

/** For `beforeEach`. */
export function skipWhatFerretCannot(context: Mocha.Context, isFerret: boolean): void {
  const test = context.currentTest!;
  const known = isFerret ? cannot.find(([tests]) => tests.test(test.title)) : undefined;
  if (!known) return;
  test.title += ` (FerretDB is not asked: ${known[1]})`;
  context.skip();
}
