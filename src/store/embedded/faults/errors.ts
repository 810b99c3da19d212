import { isDamage, publishDamage } from './trouble.ts';

/** MongoDB's names of the codes this store answers with (src/mongo/base/error_codes.yml in mongodb/mongo). */
const codeNames = {
  1: 'InternalError',
  2: 'BadValue',
  9: 'FailedToParse',
  13: 'Unauthorized',
  14: 'TypeMismatch',
  16: 'InvalidLength',
  17: 'ProtocolError',
  18: 'AuthenticationFailed',
  20: 'IllegalOperation',
  22: 'InvalidBSON',
  26: 'NamespaceNotFound',
  27: 'IndexNotFound',
  28: 'PathNotViable',
  40: 'ConflictingUpdateOperators',
  43: 'CursorNotFound',
  48: 'NamespaceExists',
  50: 'MaxTimeMSExpired',
  52: 'DollarPrefixedFieldName',
  53: 'InvalidIdField',
  54: 'NotSingleValueField',
  56: 'EmptyFieldName',
  59: 'CommandNotFound',
  66: 'ImmutableField',
  67: 'CannotCreateIndex',
  72: 'InvalidOptions',
  73: 'InvalidNamespace',
  85: 'IndexOptionsConflict',
  86: 'IndexKeySpecsConflict',
  115: 'CommandNotSupported',
  117: 'ConflictingOperationInProgress',
  121: 'DocumentValidationFailure',
  133: 'FailedToSatisfyReadPreference',
  165: 'ViewDepthLimitExceeded',
  166: 'CommandNotSupportedOnView',
  167: 'OptionNotSupportedOnView',
  168: 'InvalidPipelineOperator',
  171: 'CannotIndexParallelArrays',
  197: 'InvalidIndexSpecificationOption',
  10334: 'BSONObjectTooLarge',
  11000: 'DuplicateKey',
  13113: 'MergeStageNoMatchingDocument',
  14031: 'OutOfDiskSpace',
  16020: 'Location16020',
  16764: 'Location16764',
  16990: 'Location16990',
  17152: 'Location17152',
  17276: 'Location17276',
  31082: 'SearchNotEnabled',
  31249: 'Location31249',
  31253: 'Location31253',
  31254: 'Location31254',
  31274: 'Location31274',
  31275: 'Location31275',
  40323: 'Location40323',
  40324: 'Location40324',
  40414: 'Location40414',
  40415: 'Location40415',
  40573: 'Location40573',
  40601: 'Location40601',
  50840: 'Location50840',
  51132: 'Location51132',
  51183: 'Location51183',
  51270: 'Location51270',
} as const;

export type Code = keyof typeof codeNames;

/** A refusal as MongoDB words it. `more` goes into the answer beside code and message (keyPattern, keyValue). */
export class StoreError extends Error {
  override name = 'StoreError';
  readonly code: Code;
  readonly more: Record<string, unknown>;

  constructor(code: Code, message: string, more: Record<string, unknown> = {}) {
    super(message);
    this.code = code;
    this.more = more;
  }

  get codeName(): string {
    return codeNames[this.code];
  }
}

/** The file is not what SQLite wrote: what needs the spoilt pages fails, all else goes on, and the log says it once. */
function damaged(message: string): StoreError {
  publishDamage(message);
  return new StoreError(
    1,
    `The store's file is damaged: ${message}. Nothing was written; restore the last backup`,
  );
}

/** Anything thrown, as a StoreError: what SQLite says about the disk keeps its meaning, the rest is an internal error. */
export function asStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const { code = '', message = String(error) } = error as { code?: string; message?: string };
  if (code === 'SQLITE_FULL') return new StoreError(14031, 'The disk is full: nothing was written');
  if (isDamage(code)) return damaged(message);
  if (code.startsWith('SQLITE_'))
    return new StoreError(1, `The store's file could not be used: ${message} (${code})`);
  return new StoreError(1, message);
}
