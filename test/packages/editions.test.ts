import assert from 'node:assert/strict';
import type { CourseDefinition } from '../../src/scorm/course.ts';
import { progressOf, type Session } from '../../src/scorm/player.ts';
import { treeOf } from '../../src/scorm/sequencing/tree.ts';
import { play } from '../scorm/courses.ts';
import { manifest, ns2004, read } from './manifest-xml.ts';

// What a SCORM 2004 course comes to, as its edition has it. Where an edition says nothing, the 4th does.

const versions = { '2nd': 'CAM 1.3', '3rd': '2004 3rd Edition', '4th': '2004 4th Edition' };
type EditionName = keyof typeof versions;

async function courseOf(edition: EditionName, inside: string, organization = ''): Promise<CourseDefinition> {
  const item = (id: string, more = '') =>
    `<item identifier="${id}" identifierref="R1"><title>${id}</title>${more}</item>`;
  const { definition } = await read(
    manifest({
      ns: ns2004,
      version: versions[edition],
      organizations: `<organizations default="O"><organization identifier="O"><title>The course</title>
        ${item('a', inside)}${item('b')}${organization}
        <imsss:sequencing><imsss:controlMode flow="true"/></imsss:sequencing></organization></organizations>`,
      resources:
        '<resources><resource identifier="R1" type="webcontent" adlcp:scormType="sco" href="index.html"><file href="index.html"/></resource></resources>',
    }),
  );
  assert.match(definition.edition, new RegExp(edition));
  return definition;
}

/** The page of `a` says this and ends; the learner goes on. */
function played(definition: CourseDefinition, values: Record<string, string>): Session {
  const { session } = play(definition);
  session.navigate({ go: 'begin' });
  session.call('Initialize', '');
  for (const [element, value] of Object.entries(values))
    assert.equal(session.call('SetValue', element, value), 'true', element);
  assert.equal(session.call('Terminate', ''), 'true');
  session.navigate({ go: 'continue' });
  return session;
}

describe('a SCORM 2004 course as its edition has it', () => {
  const text = '<adlcp:completionThreshold>0.8</adlcp:completionThreshold>';
  const attributes = '<adlcp:completionThreshold completedByMeasure="true" minProgressMeasure="0.8"/>';
  const completed = { 'cmi.completion_status': 'completed' };
  const half = { 'cmi.progress_measure': '0.5' };
  const most = { 'cmi.progress_measure': '0.9' };
  const thresholds: [EditionName, string, Record<string, string>, string | undefined][] = [
    ['2nd', text, completed, 'completed'],
    ['3rd', text, completed, 'completed'],
    ['3rd', text, { ...completed, ...half }, 'incomplete'],
    ['3rd', text, { 'cmi.completion_status': 'incomplete', ...most }, 'completed'],
    ['3rd', text, most, 'completed'],
    // Nothing said: concluded when the attempt ends (SN UP.4), in every edition.
    ['3rd', text, {}, 'completed'],
    ['4th', attributes, completed, undefined],
    ['4th', attributes, { ...completed, ...half }, 'incomplete'],
    ['4th', attributes, most, 'completed'],
    ['4th', attributes, {}, undefined],
  ];
  for (const [edition, threshold, values, completion] of thresholds) {
    it(`${edition}: with a threshold of 0.8, ${JSON.stringify(values)} is ${completion ?? 'unknown'}`, async () => {
      const session = played(await courseOf(edition, threshold), values);
      const { c, p } = session.state.seq!.tracks['a']!.o?.[''] ?? {};
      assert.equal(c ?? (p === undefined ? undefined : p >= 0.8 ? 'completed' : 'incomplete'), completion);
    });
  }

  it('counts what is completed by its own word, before the 4th edition', async () => {
    const definition = await courseOf('3rd', text);
    assert.equal(progressOf(definition, played(definition, completed).state).measure, 0.5);
  });

  it('has the extensions of the 4th edition where a manifest of another has them', async () => {
    const maps = `<imsss:sequencing><imsss:objectives><imsss:primaryObjective/><imsss:objective objectiveID="o"/></imsss:objectives>
      <adlseq:objectives><adlseq:objective objectiveID="o">
        <adlseq:mapInfo targetObjectiveID="g" writeRawScore="true"/></adlseq:objective></adlseq:objectives></imsss:sequencing>
      <adlcp:data><adlcp:map targetID="notes"/></adlcp:data>`;
    for (const edition of ['3rd', '4th'] as const) {
      const definition = await courseOf(edition, maps);
      const [, a] = treeOf(definition).list;
      assert.deepEqual(a!.byId.get('o')!.writes, { raw: ['g'] });
      assert.equal(a!.definition.data?.[0]?.target, 'notes');
    }
  });

  it('has the same defaults in each', async () => {
    const trees = await Promise.all(
      (['2nd', '3rd', '4th'] as const).map(async (edition) => treeOf(await courseOf(edition, '')).list),
    );
    const plain = trees.map((list) =>
      list.map((one) => ({
        ...one,
        parent: undefined,
        all: undefined,
        definition: undefined,
        byId: undefined,
      })),
    );
    assert.deepEqual(plain[0], plain[2]);
    assert.deepEqual(plain[1], plain[2]);
  });
});
