/**
 * The address of an item: its href below the course's files, or elsewhere where it is absolute. Undefined for what is
 * no page (`javascript:`).
 */
export function addressOf(files: string, href: string): string | undefined {
  try {
    const url = new URL(href, `${location.origin}${files}/`);
    return /^https?:$/.test(url.protocol) ? url.href : undefined;
  } catch {
    return undefined;
  }
}
