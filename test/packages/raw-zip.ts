import { crc32, deflateRawSync } from 'node:zlib';

/** An entry as it should stand in the ZIP, true or not. */
export type RawEntry = {
  name: string | Buffer;
  content?: string | Buffer;
  /** 0 stored, 8 deflated (default), or one that nobody reads. */
  method?: number;
  /** Bit 0 encrypted, bit 11 (0x800) UTF-8 names. */
  flags?: number;
  /** The Unix mode: makes the ZIP one of Unix. */
  mode?: number;
  /** Lies: what the headers say instead of the truth. */
  size?: number;
  packedSize?: number;
  crc?: number;
  /** Points to the data of an entry before instead of having its own. */
  sharedWith?: number;
};

/** Writes a ZIP byte by byte (APPNOTE 4.3), for what honest tools refuse to write. */
export function rawZip(entries: RawEntry[], end: { disks?: number; zip64?: boolean } = {}): Buffer {
  const parts: Buffer[] = [];
  const central: Buffer[] = [];
  const offsets: number[] = [];
  let at = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const content = Buffer.from(entry.content ?? '');
    const method = entry.method ?? 8;
    const data = method === 8 ? deflateRawSync(content) : content;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(entry.flags ?? 0, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(entry.crc ?? crc32(content), 10);
    common.writeUInt32LE(entry.packedSize ?? data.length, 14);
    common.writeUInt32LE(entry.size ?? content.length, 18);
    common.writeUInt16LE(name.length, 22);
    const offset = entry.sharedWith === undefined ? at : offsets[entry.sharedWith]!;
    offsets.push(offset);
    if (entry.sharedWith === undefined) {
      const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, name, data]);
      parts.push(local);
      at += local.length;
    }
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(((entry.mode ?? 0) << 16) >>> 0, 6);
    rest.writeUInt32LE(offset, 10);
    const madeBy = Buffer.from([20, entry.mode === undefined ? 0 : 3]);
    central.push(Buffer.concat([Buffer.from('PK\x01\x02'), madeBy, common, rest, name]));
  }
  const directory = Buffer.concat(central);
  const tail = Buffer.alloc(18);
  tail.writeUInt16LE(end.disks ?? 0, 0);
  tail.writeUInt16LE(entries.length, 4);
  tail.writeUInt16LE(end.zip64 ? 0xffff : entries.length, 6);
  tail.writeUInt32LE(directory.length, 8);
  tail.writeUInt32LE(end.zip64 ? 0xffffffff : at, 12);
  return Buffer.concat([
    ...parts,
    directory,
    ...(end.zip64 ? [zip64End(entries.length, directory.length, at)] : []),
    Buffer.from('PK\x05\x06'),
    tail,
  ]);
}

/** APPNOTE 4.3.14 and 4.3.15. */
function zip64End(count: number, size: number, offset: number): Buffer {
  const record = Buffer.alloc(56);
  record.write('PK\x06\x06', 'latin1');
  record.writeBigUInt64LE(44n, 4);
  record.writeUInt16LE(45, 12);
  record.writeUInt16LE(45, 14);
  record.writeBigUInt64LE(BigInt(count), 24);
  record.writeBigUInt64LE(BigInt(count), 32);
  record.writeBigUInt64LE(BigInt(size), 40);
  record.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(20);
  locator.write('PK\x06\x07', 'latin1');
  locator.writeBigUInt64LE(BigInt(offset + size), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([record, locator]);
}
