import { at, attribute, type Element } from './xml.ts';

/** The general title and description of the metadata that stand in the manifest (LOM 1.2, 1.4), in English if there are several. */
export function metadataOf(manifest: Element): { title?: string; description?: string } {
  const general = at(manifest, 'metadata', 'lom', 'general') ?? at(manifest, 'metadata', 'record', 'general');
  return {
    title: inOneLanguage(at(general, 'title')),
    description: inOneLanguage(at(general, 'description'))?.slice(0, 5000),
  };
}

/** LOM writes `string` (IEEE) or `langstring` (IMS), one for each language. */
function inOneLanguage(element: Element | undefined): string | undefined {
  const strings = element?.children.filter((one) => one.name === 'string' || one.name === 'langstring') ?? [];
  const english = strings.find((one) =>
    /^(en|x-none)/i.test(attribute(one, 'language') ?? attribute(one, 'lang') ?? ''),
  );
  const text = (english ?? strings[0] ?? element)?.text;
  return (
    text
      ?.replace(/[^\S\n]+/g, ' ')
      .replace(/ ?\n ?/g, '\n')
      .replace(/\n{3,}/g, '\n\n')
      .trim() || undefined
  );
}
