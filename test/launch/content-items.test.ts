import assert from 'node:assert/strict';
import { linkItem } from '../../src/launch/content-items.ts';
import type { PlatformFamily } from '../../src/lti/platform.model.ts';

describe('what is sent for a course that was picked', () => {
  const config = {
    publicUrl: 'https://tool.example',
    lti: { title: 'T', icon: '/i.svg', scopes: [], placements: [], custom_fields: {} },
  };
  const course = { _id: 'crs_1', title: 'Golf', description: '' };
  const itemFor = (family: PlatformFamily, points = 10) =>
    linkItem(
      config as never,
      { family, settings: { targets: [] } as never },
      { course: course as never, points },
    );

  const rows: [family: PlatformFamily, asks: boolean][] = [
    ['canvas', false],
    ['moodle', false],
    ['blackboard', false],
    ['brightspace', false],
    ['sakai', true],
    ['other', true],
  ];
  for (const [family, asks] of rows) {
    it(`says ${asks ? '' : 'nothing '}to ${family} of work that can be looked at`, () => {
      const { lineItem } = itemFor(family);
      assert.equal(lineItem?.tag, 'coursedock');
      assert.equal('submissionReview' in lineItem!, asks);
    });
  }
  const places: [targets: string[], wish: 'iframe' | 'window' | undefined, where: string | undefined][] = [
    [['iframe', 'window'], undefined, 'iframe'],
    [['iframe', 'window'], 'window', 'window'],
    [['window', 'iframe'], 'iframe', 'iframe'],
    [['iframe'], 'window', 'iframe'],
    [['window', 'embed'], undefined, 'window'],
    [['embed'], 'window', undefined],
    [[], 'window', undefined],
  ];
  for (const [targets, shown, where] of places) {
    it(`opens ${where ?? 'as the platform likes'} with ${targets.join(' and ') || 'nothing said'}, ${shown ?? 'nothing'} wished`, () => {
      const to = { family: 'other' as const, settings: { targets } as never, shown };
      const item = linkItem(config as never, to, { course: course as never });
      assert.deepEqual(
        ['iframe', 'window'].filter((one) => one in item),
        where ? [where] : [],
      );
    });
  }
  it('has no column where there are no points', () => assert.equal(itemFor('other', 0).lineItem, undefined));
});
