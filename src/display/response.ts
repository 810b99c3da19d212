import { findText } from '../web/text.ts';
import { shorten } from '../web/shorten.ts';

/** What kind of question it is, in words; a type that no standard has stands as the course wrote it. */
export function kindOf(type: string | undefined): string | undefined {
  return type && (findText(`display.question.kind.${type}`) ?? shorten(type, 50));
}

/**
 * A response to a question as people read it: SCORM 2004 puts marks of its own between the parts of one (RTE 4.2.9.1), and
 * words in front that say how to compare.
 */
export function readable(response: string): string {
  return response
    .replace(/^(\{(?:lang|case_matters|order_matters)=[^}]{0,50}\})+/, '')
    .replaceAll('[,]', ', ')
    .replaceAll('[.]', ' – ')
    .replace(
      /^(.*)\[:\](.*)$/,
      (_all, low: string, high: string) => `${low.trim() || '…'} to ${high.trim() || '…'}`,
    );
}
