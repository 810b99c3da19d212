/** A table as a file that spreadsheets open: RFC 4180, in UTF-8 with the mark by which Excel knows it. */
export function csvOf(rows: (string | number | undefined)[][]): string {
  return `\ufeff${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}

/** A text that a spreadsheet would take for a formula is somebody's name, or somebody's attack: it stays a text. */
function cell(value: string | number | undefined): string {
  if (typeof value === 'number') return String(value);
  const text = (value ?? '').replace(/^(?=[=+\-@\t\r\n])/, "'");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
