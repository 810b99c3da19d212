const ags = 'https://purl.imsglobal.org/spec/lti-ags/scope/';

/** What a tool may be allowed to do with a platform's services (AGS 2.0 §4, NRPS 2.0 §3.6). */
export const scopes = {
  lineItem: `${ags}lineitem`,
  lineItemRead: `${ags}lineitem.readonly`,
  result: `${ags}result.readonly`,
  score: `${ags}score`,
  members: 'https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly',
};

/** The scope to read columns with, of those granted. Moodle shows none to who may only write them, so the readonly one goes first. */
export function lineItemReading(granted: string[]): string | undefined {
  return [scopes.lineItemRead, scopes.lineItem].find((scope) => granted.includes(scope));
}
