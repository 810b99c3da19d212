import { bare, plain } from './natives.ts';

/** Closes texts so that nobody without the attempt's key can read or make one, and opens them again. */
export type Seal = {
  close: (text: string) => Promise<Sealed>;
  /** Rejects what was not closed with this key, under this name. */
  open: (sealed: Sealed) => Promise<string>;
};
/** AES-GCM. */
export type Sealed = { iv: Uint8Array; data: ArrayBuffer };

/**
 * A key that cannot be taken out again, from the server's (../keep.ts). Undefined where the browser has no cryptography: on
 * plain http. Everything is taken from the window now, before a course can put something of its own in its place.
 */
export async function makeSeal(key: string, name: string): Promise<Seal | undefined> {
  const { subtle } = crypto;
  if (!subtle) return undefined;
  const random = crypto.getRandomValues.bind(crypto);
  const encrypt = subtle.encrypt.bind(subtle);
  const decrypt = subtle.decrypt.bind(subtle);
  const encode = plain(TextEncoder.prototype.encode);
  const decode = plain(TextDecoder.prototype.decode);
  const [encoder, decoder, Bytes] = [new TextEncoder(), new TextDecoder(), Uint8Array];
  const about = encode(encoder, name);
  const raw = Bytes.from(atob(key.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  const aes = await subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']);
  const how = (iv: Uint8Array<ArrayBuffer>) => bare({ name: 'AES-GCM', iv, additionalData: about });
  return {
    async close(text) {
      const iv = random(new Bytes(12));
      return bare({ iv, data: await encrypt(how(iv), aes, encode(encoder, text)) });
    },
    open: async ({ iv, data }) =>
      decode(decoder, await decrypt(how(iv as Uint8Array<ArrayBuffer>), aes, data)),
  };
}
