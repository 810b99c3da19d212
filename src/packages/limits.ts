import type { Config } from '../config.ts';

export type Limits = {
  /** Files in a package. */
  entries: number;
  /** Bytes of all files together, unpacked. */
  unpackedBytes: number;
  /** How many times its packed size a package over `ratioFrom` bytes may become. */
  ratio: number;
  ratioFrom: number;
  manifestBytes: number;
};

const MB = 1024 * 1024;

/** Media is packed already, so a real course hardly grows; text grows tenfold. A bomb grows a thousandfold (deflate's most is 1032). */
export function limitsOf(config: Pick<Config, 'maxUploadBytes'>): Limits {
  return {
    entries: 50_000,
    unpackedBytes: config.maxUploadBytes * 3,
    ratio: 200,
    ratioFrom: 50 * MB,
    manifestBytes: 10 * MB,
  };
}
