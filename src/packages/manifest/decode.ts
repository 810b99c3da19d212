import type { Findings } from '../errors.ts';

/** The text of an XML file: by its byte order mark, else by its declaration, else UTF-8 (XML 1.0 appendix F). */
export function decodeXml(bytes: Buffer, found: Findings): string {
  const mark = marks.find(([start]) => bytes.subarray(0, start.length).equals(Buffer.from(start)));
  if (mark) return new TextDecoder(mark[1]).decode(bytes);

  const declared = /^\s*<\?xml[^>]*?\sencoding\s*=\s*["']\s*([\w.:-]+)\s*["']/i.exec(
    bytes.subarray(0, 400).toString('latin1'),
  )?.[1];
  // A declaration that could be read byte by byte is not in UTF-16, whatever it says.
  const label = declared && !/^(utf-?16|ucs-?2|iso-10646-ucs)/i.test(declared) ? declared : 'utf-8';
  const text = tryDecoding(bytes, label);
  if (text !== undefined) return text;
  found.warn('xml.encoding', { encoding: label });
  return tryDecoding(bytes, 'utf-8') ?? new TextDecoder('windows-1252').decode(bytes);
}

const marks: [number[], string][] = [
  [[0xef, 0xbb, 0xbf], 'utf-8'],
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
  // No mark, but `<` and a NUL.
  [[0x3c, 0x00], 'utf-16le'],
  [[0x00, 0x3c], 'utf-16be'],
];

function tryDecoding(bytes: Buffer, label: string): string | undefined {
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
