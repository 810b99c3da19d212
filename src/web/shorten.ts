/** A title as long as a book must not be one on a page. */
export function shorten(text: string, longest = 300): string {
  const letters = Array.from(text.slice(0, longest * 2 + 2));
  return letters.length > longest ? `${letters.slice(0, longest - 1).join('')}…` : text;
}
