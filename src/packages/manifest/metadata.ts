import { parseInterval } from '../../scorm/duration.ts';
import { at, attribute, phrase, type Element } from './xml.ts';

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

/**
 * Seconds that its author thinks it takes (LOM 5.9). IMS writes a date and time of which only the time means anything, IEEE a
 * duration. What is less than a minute or more than a hundred hours was not meant.
 */
export function typicalTimeOf(manifest: Element): number | undefined {
  const lom = at(manifest, 'metadata', 'lom') ?? at(manifest, 'metadata', 'record');
  const time = at(lom, 'educational', 'typicallearningtime');
  const text = phrase(at(time, 'duration') ?? at(time, 'datetime') ?? time) ?? '';
  const clock = /(?:^|T)(\d{1,3}):(\d{2})(?::(\d{2}))?$/.exec(text);
  const seconds = clock
    ? Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3] ?? 0)
    : parseInterval(text.toUpperCase());
  return seconds !== undefined && seconds >= 60 && seconds <= 360_000 ? seconds : undefined;
}
