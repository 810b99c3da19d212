/** Which links and courses of the LMS a link was copied from: their ids, the nearest first. */
export type History = { links: string[]; contexts: string[] };

/** A course is copied once a term; what lies further back than this is nobody's. */
const most = 50;

/**
 * What a platform put into our variables `$ResourceLink.id.history` and `$Context.id.history` (lti-config.json). One that it does
 * not know comes back as its name.
 */
export function readHistory(custom: Readonly<Record<string, string>>): History {
  return { links: idsOf(custom.link_history), contexts: idsOf(custom.context_history) };
}

/** Commas stand between them, and each is URL-encoded (LTI 1.3 §D.2); not every platform does that, so both readings count. */
function idsOf(value = ''): string[] {
  const ids = value.split(',', most).flatMap((text) => [decoded(text.trim()), text.trim()]);
  return [...new Set(ids)].filter((id) => id !== undefined && isId(id)) as string[];
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function isId(text: string): boolean {
  return text !== '' && text.length <= 255 && !text.startsWith('$') && !/\p{Cc}/u.test(text);
}
