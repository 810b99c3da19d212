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
  it('has no column where there are no points', () => assert.equal(itemFor('other', 0).lineItem, undefined));
});
