/** A line of a .properties file: its key and its value, and the number of the line it begins on. */
export type Line = { key: string; value: string; number: number };

/**
 * Reads Java's .properties: comments, `key=value`, lines continued by a backslash, escapes. Every line is kept, in order,
 * also one whose key was there before.
 */
export function readProperties(text: string): Line[] {
  const raw = text.split(/\r\n|\n|\r/);
  const lines: Line[] = [];
  for (let i = 0; i < raw.length; i++) {
    const number = i + 1;
    let line = raw[i]!.trimStart();
    if (line === '' || line.startsWith('#') || line.startsWith('!')) continue;
    while (/(?:^|[^\\])(?:\\\\)*\\$/.test(line) && i + 1 < raw.length)
      line = line.slice(0, -1) + raw[++i]!.trimStart();
    const [, key, value] = /^((?:\\.|[^=:\s\\])*)\s*[=:]?\s*(.*)$/s.exec(line)!;
    lines.push({ key: unescape(key!), value: unescape(value!), number });
  }
  return lines;
}

const letters: Record<string, string> = { t: '\t', n: '\n', r: '\r', f: '\f' };

function unescape(text: string): string {
  return text.replace(/\\(?:u([0-9A-Fa-f]{4})|(.))/gs, (_, code?: string, letter?: string) =>
    code === undefined ? (letters[letter!] ?? letter!) : String.fromCharCode(parseInt(code, 16)),
  );
}
