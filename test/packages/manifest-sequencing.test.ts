import assert from 'node:assert/strict';
import type { ActivityDefinition, CourseDefinition } from '../../src/scorm/course.ts';
import { treeOf } from '../../src/scorm/sequencing/tree.ts';
import { makePackage } from '../support/make-package.ts';
import { readZip } from './read.ts';

/** A course of one chapter with one item, with these pieces in their places. */
async function course(at: {
  item?: string;
  chapter?: string;
  organization?: string;
  attributes?: string;
  collection?: string;
  edition?: string;
}): Promise<CourseDefinition> {
  const xml = `<?xml version="1.0"?>
<manifest identifier="m" xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3"
  xmlns:imsss="http://www.imsglobal.org/xsd/imsss" xmlns:adlseq="http://www.adlnet.org/xsd/adlseq_v1p3"
  xmlns:adlnav="http://www.adlnet.org/xsd/adlnav_v1p3">
  <metadata><schema>ADL SCORM</schema><schemaversion>2004 ${at.edition ?? '4th'} Edition</schemaversion></metadata>
  <organizations default="o"><organization identifier="o" ${at.attributes ?? ''}><title>T</title>
    <item identifier="c"><title>C</title>
      <item identifier="i" identifierref="r"><title>I</title>${at.item ?? ''}</item>
      ${at.chapter ?? ''}
    </item>
    ${at.organization ?? ''}
  </organization></organizations>
  <resources><resource identifier="r" type="webcontent" adlcp:scormType="sco" href="a.html"/></resources>
  ${at.collection ?? ''}
</manifest>`;
  const { read, faults } = await readZip(makePackage({ 'imsmanifest.xml': xml, 'a.html': '<p>a</p>' }));
  assert.equal(faults, undefined);
  return read!.definition;
}

const item = ({ root }: CourseDefinition): ActivityDefinition => root.children[0]!.children[0]!;
const seq = (inside: string, attributes = '') =>
  `<imsss:sequencing ${attributes}>${inside}</imsss:sequencing>`;
/** Only these fields. */
const of = (activity: ActivityDefinition, ...fields: (keyof ActivityDefinition)[]) =>
  Object.fromEntries(
    fields.flatMap((field) => (activity[field] === undefined ? [] : [[field, activity[field]]])),
  );

describe('the sequencing a manifest describes', () => {
  const pieces: [string, string, (keyof ActivityDefinition)[], object][] = [
    ['nothing at all', '', ['controls', 'rules', 'rollup', 'objectives', 'tracked', 'hides', 'data'], {}],
    [
      'what is as it would be anyway',
      seq('<imsss:controlMode choice="true" flow="false"/>'),
      ['controls'],
      {},
    ],
    [
      'control modes',
      seq(`<imsss:controlMode choice="false" choiceExit="false" flow="true" forwardOnly="true"
        useCurrentAttemptObjectiveInfo="false" useCurrentAttemptProgressInfo="false"/>`),
      ['controls'],
      {
        controls: {
          choice: false,
          choiceExit: false,
          flow: true,
          forwardOnly: true,
          useCurrentAttemptObjectiveInfo: false,
          useCurrentAttemptProgressInfo: false,
        },
      },
    ],
    [
      'rules, in their order',
      seq(`<imsss:sequencingRules>
        <imsss:preConditionRule><imsss:ruleConditions conditionCombination="any">
          <imsss:ruleCondition condition="objectiveMeasureGreaterThan" referencedObjective="one" measureThreshold="0.5" operator="not"/>
          <imsss:ruleCondition condition="always"/></imsss:ruleConditions><imsss:ruleAction action="skip"/></imsss:preConditionRule>
        <imsss:preConditionRule><imsss:ruleConditions><imsss:ruleCondition condition="completed"/></imsss:ruleConditions>
          <imsss:ruleAction action="hiddenFromChoice"/></imsss:preConditionRule>
        <imsss:preConditionRule><imsss:ruleConditions><imsss:ruleCondition condition="always"/></imsss:ruleConditions>
          <imsss:ruleAction action="explode"/></imsss:preConditionRule>
        <imsss:exitConditionRule><imsss:ruleConditions><imsss:ruleCondition condition="attempted"/></imsss:ruleConditions>
          <imsss:ruleAction action="exit"/></imsss:exitConditionRule>
        <imsss:postConditionRule><imsss:ruleConditions><imsss:ruleCondition condition="satisfied" operator="noOp"/></imsss:ruleConditions>
          <imsss:ruleAction action="exitParent"/></imsss:postConditionRule>
      </imsss:sequencingRules>`),
      ['rules'],
      {
        rules: {
          pre: [
            {
              do: 'skip',
              any: true,
              when: [
                { is: 'objectiveMeasureGreaterThan', not: true, objective: 'one', than: 0.5 },
                { is: 'always' },
              ],
            },
            { do: 'hiddenFromChoice', when: [{ is: 'completed' }] },
          ],
          exit: [{ do: 'exit', when: [{ is: 'attempted' }] }],
          post: [{ do: 'exitParent', when: [{ is: 'satisfied' }] }],
        },
      },
    ],
    [
      'limits, delivery controls and constraints',
      seq(`<imsss:limitConditions attemptLimit="2" attemptAbsoluteDurationLimit="PT1H"/>
        <imsss:deliveryControls tracked="false" completionSetByContent="true" objectiveSetByContent="true"/>
        <adlseq:constrainedChoiceConsiderations preventActivation="true" constrainChoice="true"/>`),
      [
        'attemptLimit',
        'maxTimeAllowed',
        'tracked',
        'completionSetByContent',
        'objectiveSetByContent',
        'constrained',
      ],
      {
        attemptLimit: 2,
        maxTimeAllowed: 'PT1H',
        tracked: false,
        completionSetByContent: true,
        objectiveSetByContent: true,
        constrained: { preventActivation: true, constrainChoice: true },
      },
    ],
    [
      'roll-up',
      seq(`<imsss:rollupRules rollupObjectiveSatisfied="false" rollupProgressCompletion="false" objectiveMeasureWeight="0.25">
          <imsss:rollupRule childActivitySet="atLeastPercent" minimumPercent="0.5">
            <imsss:rollupConditions conditionCombination="all"><imsss:rollupCondition condition="completed" operator="not"/></imsss:rollupConditions>
            <imsss:rollupAction action="incomplete"/></imsss:rollupRule>
          <imsss:rollupRule><imsss:rollupConditions><imsss:rollupCondition condition="satisfied"/></imsss:rollupConditions>
            <imsss:rollupAction action="satisfied"/></imsss:rollupRule></imsss:rollupRules>
        <adlseq:rollupConsiderations requiredForSatisfied="ifAttempted" requiredForNotSatisfied="always"
          requiredForCompleted="ifNotSkipped" requiredForIncomplete="ifNotSuspended" measureSatisfactionIfActive="false"/>`) +
        '<adlcp:completionThreshold completedByMeasure="true" minProgressMeasure="0.8" progressWeight="0.5"/>',
      ['rollup', 'completionThreshold'],
      {
        completionThreshold: 0.8,
        rollup: {
          rules: [
            {
              do: 'incomplete',
              of: 'atLeastPercent',
              least: 0.5,
              all: true,
              when: [{ is: 'completed', not: true }],
            },
            { do: 'satisfied', of: 'all', when: [{ is: 'satisfied' }] },
          ],
          objective: false,
          progress: false,
          weight: 0.25,
          requiredFor: { satisfied: 'ifAttempted', completed: 'ifNotSkipped', incomplete: 'ifNotSuspended' },
          measureSatisfactionIfActive: false,
          progressWeight: 0.5,
        },
      },
    ],
    [
      'objectives with what they share, imsss and adlseq',
      seq(`<imsss:objectives>
          <imsss:primaryObjective objectiveID="main" satisfiedByMeasure="true"><imsss:minNormalizedMeasure>0.6</imsss:minNormalizedMeasure>
            <imsss:mapInfo targetObjectiveID="g 1" writeSatisfiedStatus="true"/></imsss:primaryObjective>
          <imsss:objective objectiveID="two" satisfiedByMeasure="true"/>
          <imsss:objective objectiveID="three"><imsss:mapInfo targetObjectiveID="g3" readSatisfiedStatus="false" readNormalizedMeasure="false"/></imsss:objective>
        </imsss:objectives>
        <adlseq:objectives><adlseq:objective objectiveID=" main ">
          <adlseq:mapInfo targetObjectiveID="  g%20%201 " readRawScore="false" readMinScore="false" readMaxScore="false"
            readProgressMeasure="false" writeCompletionStatus="true"/></adlseq:objective></adlseq:objectives>`),
      ['objectives', 'scaledPassingScore'],
      {
        objectives: [
          {
            id: 'main',
            primary: true,
            maps: [
              { to: 'g 1', read: ['satisfied', 'measure', 'completion'], write: ['satisfied', 'completion'] },
            ],
          },
          { id: 'two', byMeasure: true, minMeasure: 1 },
          { id: 'three' },
        ],
        scaledPassingScore: 0.6,
      },
    ],
    [
      'randomization, without what is never done',
      seq(
        `<imsss:randomizationControls selectionTiming="once" selectCount="3" randomizationTiming="never" reorderChildren="true"/>`,
      ),
      ['randomization'],
      { randomization: { select: { timing: 'once', count: 3 } } },
    ],
    [
      'hidden controls and shared data',
      `<adlnav:presentation><adlnav:navigationInterface><adlnav:hideLMSUI>continue</adlnav:hideLMSUI>
        <adlnav:hideLMSUI> suspendAll </adlnav:hideLMSUI><adlnav:hideLMSUI>sky</adlnav:hideLMSUI></adlnav:navigationInterface></adlnav:presentation>
       <adlcp:data><adlcp:map targetID="one"/><adlcp:map targetID="two" readSharedData="false"/><adlcp:map targetID="three" writeSharedData="false"/></adlcp:data>`,
      ['hides', 'data'],
      {
        hides: ['continue', 'suspendAll'],
        data: [{ target: 'one' }, { target: 'two', read: false }, { target: 'three', write: false }],
      },
    ],
  ];
  for (const [name, xml, fields, expected] of pieces) {
    it(`has ${name}`, async () =>
      assert.deepEqual(of(item(await course({ item: xml })), ...fields), expected));
  }

  it('takes shared sequencing over by IDRef, element by element', async () => {
    const collection = `<imsss:sequencingCollection>${seq(
      `<imsss:controlMode flow="true" forwardOnly="true"/><imsss:limitConditions attemptLimit="3"/>
       <imsss:objectives><imsss:primaryObjective objectiveID="theirs"/></imsss:objectives>
       <adlseq:objectives><adlseq:objective objectiveID="mine"><adlseq:mapInfo targetObjectiveID="g" writeRawScore="true"/></adlseq:objective></adlseq:objectives>`,
      'ID="shared"',
    )}</imsss:sequencingCollection>`;
    const own = seq(
      `<imsss:controlMode choice="false"/><imsss:objectives><imsss:primaryObjective objectiveID="mine"/></imsss:objectives>`,
      'IDRef="shared"',
    );
    assert.deepEqual(
      of(item(await course({ item: own, collection })), 'controls', 'attemptLimit', 'objectives'),
      {
        controls: { choice: false },
        attemptLimit: 3,
        objectives: [
          {
            id: 'mine',
            primary: true,
            maps: [{ to: 'g', read: ['raw', 'min', 'max', 'completion', 'progress'], write: ['raw'] }],
          },
        ],
      },
    );
  });

  it('is that of the organization too, with how long what is shared lives', async () => {
    const definition = await course({
      organization: seq('<imsss:controlMode flow="true"/>'),
      attributes: 'adlseq:objectivesGlobalToSystem="false" adlcp:sharedDataGlobalToSystem="false"',
    });
    assert.deepEqual(definition.root.controls, { flow: true });
    assert.equal(definition.objectivesGlobalToSystem, false);
    assert.equal(definition.sharedDataGlobalToSystem, false);
    assert.equal((await course({})).objectivesGlobalToSystem, undefined);
  });

  for (const edition of ['2nd', '3rd']) {
    it(`has the threshold of the ${edition} edition as text, for what is shown`, async () => {
      const xml = '<adlcp:completionThreshold>0.4</adlcp:completionThreshold>';
      const definition = await course({ item: xml, chapter: xml, edition });
      const { completionThreshold, thresholdYields } = item(definition);
      assert.deepEqual([completionThreshold, thresholdYields], [0.4, true]);
      assert.equal(definition.root.children[0]!.completionThreshold, undefined);
    });
  }

  it('is given every default by the engine', async () => {
    const { root, list } = treeOf(await course({}));
    for (const { choice, choiceExit, flow, forwardOnly, tracked, weight, objectives } of list)
      assert.deepEqual(
        { choice, choiceExit, flow, forwardOnly, tracked, weight, objectives: objectives.length },
        {
          choice: true,
          choiceExit: true,
          flow: false,
          forwardOnly: false,
          tracked: true,
          weight: 1,
          objectives: 1,
        },
      );
    assert.deepEqual(root.rollup.notSatisfied, [
      { do: 'notSatisfied', of: 'all', when: [{ is: 'objectiveStatusKnown' }] },
    ]);
  });
});
