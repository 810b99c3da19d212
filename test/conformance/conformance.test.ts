import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import AdmZip from 'adm-zip';
import { casesIn, runCases } from '../../scripts/conformance/run.ts';

const adl = join(import.meta.dirname, '../../../shared/packages/adl-2004-4th');

const words = `
I=doInitialize
T=doTerminate
GET=doGetValue
SET=doSetValue
GES=doGetErrorString
COI=compareObjIds
c=cmi
a=adl
n=nav
r=request
rv=request_valid
tar={target=%s}
OB=objectives
CS=completion_status
SS=success_status
S=score
SCA=scaled
X=exit
M.n=normal
N.c=continue
N.p=previous
N.ea=exitAll
TY.c=choice
t=true
f=false
pass=passed
unk=unknown
incomp=incomplete
less255=A characterstring value less than 255 characters
`;

/** Three activities that flow, of which the second is skipped once the first is passed, and the third hides Continue. */
function manifest(name: string, act: (n: number) => string): string {
  const item = (n: number, inside = '') =>
    `<item identifier="activity_${n}" identifierref="SEQ01" parameters="${act(n)}">
       <title>Activity ${n}</title>${inside}</item>`;
  const skipped = `<imsss:sequencing>
      <imsss:sequencingRules><imsss:preConditionRule>
        <imsss:ruleConditions><imsss:ruleCondition referencedObjective="first" condition="satisfied"/></imsss:ruleConditions>
        <imsss:ruleAction action="skip"/>
      </imsss:preConditionRule></imsss:sequencingRules>
      <imsss:objectives><imsss:primaryObjective/>
        <imsss:objective objectiveID="first"><imsss:mapInfo targetObjectiveID="g-first"/></imsss:objective>
      </imsss:objectives></imsss:sequencing>`;
  const writes = `<imsss:sequencing><imsss:objectives><imsss:primaryObjective objectiveID="mine">
      <imsss:mapInfo targetObjectiveID="g-first" readSatisfiedStatus="false" writeSatisfiedStatus="true"/>
    </imsss:primaryObjective></imsss:objectives></imsss:sequencing>`;
  const hides = `<adlnav:presentation><adlnav:navigationInterface>
      <adlnav:hideLMSUI>continue</adlnav:hideLMSUI></adlnav:navigationInterface></adlnav:presentation>`;
  return `<?xml version="1.0"?>
<manifest identifier="m" xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3"
  xmlns:imsss="http://www.imsglobal.org/xsd/imsss" xmlns:adlnav="http://www.adlnet.org/xsd/adlnav_v1p3">
  <metadata><schema>ADL SCORM</schema><schemaversion>2004 4th Edition</schemaversion></metadata>
  <organizations default="o"><organization identifier="o"><title>${name}</title>
    ${item(1, writes)}${item(2, skipped)}${item(3, hides)}
    <imsss:sequencing><imsss:controlMode flow="true"/></imsss:sequencing>
  </organization></organizations>
  <resources><resource identifier="SEQ01" type="webcontent" adlcp:scormType="sco" href="resources/SequencingTest.htm">
    <file href="resources/SequencingTest.htm"/></resource></resources>
</manifest>`;
}

const right = `
title=T-1
UserInterAct=
start=.
purpose=purposeSequence
RTDInit=
seqInfo=whatever
TT=autoTT
end=endNormal
#####
Act1V1.UIQ=continue.enabled~previous.disabled~toc.enabled~toc.enabled.selectable@Activity 3
Act1V1.UIA=Y~Y~Y~Y
Act1V1.commands.0=I->->t->0
Act1V1.commands.1=GES->0->less255->0
Act1V1.commands.2=COI->mine
Act1V1.commands.3=GET->c~OB~&mine&~id->->0
Act1V1.commands.4=GET->c~SS->unk->0
Act1V1.commands.5=SET->c~SS!pass->t->0
Act1V1.commands.6=SET->c~SS!\\
   blue->f->406
Act1V1.commands.7=GET->a~n~rv~TY.c~tar~activity_3->t->0
Act1V1.commands.8=SET->a~n~r!N.c->t->0
#####
Act3V1.UIQ=continue.enabled~previous.enabled
Act3V1.UIA=N~Y
Act3V1.commands.0=I->->t->0
Act3V1.commands.1=SET->c~X!M.n->t->0
Act3V1.CUI=Previous
#####
Act1V2.commands.0=I->->t->0
Act1V2.commands.1=SET->a~n~r!N.ea->t->0
Act1V2.CUI=RelaunchT1
#####
Act1V3.commands.0=I->->t->0
Act1V3.commands.1=GET->c~OB~0~SS->unk->0
Act1V3.CUI=Choice~Activity 3
#####
Act3V2.commands.0=I->->t->0
Act3V2.CUI=Exit
`;

/** Every expectation of the case, changed. Each must make it fail. */
const changes: [string, string, string][] = [
  ['a return value', 'commands.4=GET->c~SS->unk->0', 'commands.4=GET->c~SS->pass->0'],
  ['an error code', 'commands.4=GET->c~SS->unk->0', 'commands.4=GET->c~SS->unk->403'],
  ['the answer of a SetValue', 'SS!pass->t->0', 'SS!pass->f->0'],
  ['the error of a SetValue', 'blue->f->406', 'blue->f->407'],
  ['the answer of Initialize', 'Act3V2.commands.0=I->->t->0', 'Act3V2.commands.0=I->->f->0'],
  ['the ids of the objectives', 'COI->mine', 'COI->mine,yours'],
  ['the id of an objective', '&mine&~id->->0', '&mine&~id->yours->0'],
  ['an error string', 'GES->0->less255', 'GES->0->No error at all'],
  ['the answer of request_valid', 'activity_3->t->0', 'activity_3->f->0'],
  ['the activity that is delivered', 'Act3V1.', 'Act2V1.'],
  ['the visit after Previous', 'Act1V2.', 'Act2V1.'],
  ['whether Continue is enabled', 'Act3V1.UIA=N~Y', 'Act3V1.UIA=Y~Y'],
  ['whether Previous is enabled', 'Act3V1.UIA=N~Y', 'Act3V1.UIA=N~N'],
  ['whether there is a table of contents', 'UIA=Y~Y~Y~Y', 'UIA=Y~Y~N~Y'],
  ['whether an item can be chosen', 'UIA=Y~Y~Y~Y', 'UIA=Y~Y~Y~N'],
  ['a question to one nobody knows', 'continue.enabled~previous.enabled', 'continue.shines~previous.enabled'],
  ['a question without an answer', 'Act3V1.UIA=N~Y', 'Act3V1.UIA=N'],
  ['what the learner does, to what is impossible', 'CUI=Previous', 'CUI=Continue'],
  ['what the learner does, to what nobody knows', 'CUI=RelaunchT1', 'CUI=DanceT1'],
  ['the end of the session', 'CUI=RelaunchT1', 'CUI=Choice~Activity 3'],
  ['the end of the case', 'CUI=Exit', 'CUI=HasEnded'],
  ['the end of the case to a step that leads on', 'CUI=Exit', 'CUI=Previous'],
  ['a command to one nobody knows', 'SET->c~X!M.n->t->0', 'FROB->c~X!M.n->t->0'],
  ['a command without an error code', 'SET->c~X!M.n->t->0', 'SET->c~X!M.n->t'],
  ['a key to one nobody knows', 'Act3V2.commands.0', 'Act3V2.orders.0'],
  ['a remark to one nobody knows', 'TT=autoTT', 'TT=later'],
  ['the first activity', 'start=.', 'start=Activity 2'],
  ['the title', 'title=T-1', 'title=T-2'],
];

describe('npm run conformance', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coursedock-cases-'));
    await mkdir(join(folder, 'cases'));
    await writeFile(join(folder, 'Commands.properties'), words);
    await put('T-1');
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function put(name: string, act = (n: number) => `?tc=${name}&amp;act=${n}`) {
    const zip = new AdmZip();
    zip.addFile('imsmanifest.xml', Buffer.from(manifest(name, act)));
    zip.addFile('resources/SequencingTest.htm', Buffer.from('<title>A test</title>'));
    await writeFile(join(folder, `LMSTestPackage_${name}.zip`), zip.toBuffer());
  }

  async function differenceIn(text: string, name = 'T-1') {
    await writeFile(join(folder, `cases/${name}.properties`), text);
    const results = await runCases(folder, [name]);
    assert.equal(results.length, 1);
    return results[0]!.difference;
  }

  it('passes a case that is as it says', async () => {
    assert.equal(await differenceIn(right), undefined);
  });

  for (const [what, from, to] of changes) {
    it(`fails when one changes ${what}`, async () => {
      assert.equal(right.split(from).length > 1, true);
      assert.notEqual(await differenceIn(right.replaceAll(from, to)), undefined);
    });
  }

  it('fails without a package, and without a case', async () => {
    assert.match(
      (await differenceIn('title=T-9\nAct1V1.commands.0=I->->t->0\n', 'T-9'))!,
      /package is missing/,
    );
    assert.match((await runCases(folder, ['T-8']))[0]!.difference!, /there is no/);
  });

  it('plays a case of several packages, each going on where it was left', async () => {
    await put('PPa', (n) => `?tc=PPa&amp;act=${n}`);
    await put('PPb', (n) => `?tc=PPb&amp;act=${n}`);
    const two = `title=PP
start=PPa
Act1aV1.commands.0=I->->t->0
Act1aV1.commands.1=SET->c~SS!pass->t->0
Act1aV1.commands.2=SET->a~n~r!N.c->t->0
Act3aV1.commands.0=I->->t->0
Act3aV1.CUI=exitlaunch~PPb
Act1bV1.commands.0=I->->t->0
Act1bV1.commands.1=SET->a~n~r!N.ea->t->0
Act1bV1.CUI=autoendrelaunch~PPa
Act1aV2.commands.0=I->->t->0
Act1aV2.CUI=Exit
`;
    assert.equal(await differenceIn(two, 'PP'), undefined);
    assert.match((await differenceIn(two.replace('start=PPa', 'start=PPb'), 'PP'))!, /no activity called/);
    assert.match(
      (await differenceIn(two.replace('Act1aV2', 'Act2aV2').replace('Act1aV2', 'Act2aV2'), 'PP'))!,
      /expected activity 2/,
    );
  });

  it('lets the parts of a case share the global objectives of one learner', async () => {
    await put('S-1a');
    await put('S-1b');
    const first =
      'Act1V1.commands.0=I->->t->0\nAct1V1.commands.1=SET->c~SS!pass->t->0\nAct1V1.CUI=Continue\nAct3V1.CUI=Exit\n';
    await writeFile(join(folder, 'cases/S-1a.properties'), first);
    // Passed in the first part: the second activity of the other package is skipped too.
    assert.equal(await differenceIn('Act1V1.CUI=Continue\nAct3V1.CUI=Exit\n', 'S-1b'), undefined);
    assert.match(
      (await differenceIn('Act1V1.CUI=Continue\nAct2V1.CUI=Exit\n', 'S-1b'))!,
      /expected activity 2/,
    );
  });
});

/** A package of DDM: two activities that flow, with these shared stores. */
function sharing(part: string, first: string, second: string, organization = ''): string {
  const item = (n: number, maps: string) =>
    `<item identifier="activity_${n}" identifierref="SEQ01" parameters="?tc=DDM&amp;act=${n}${part}">
       <title>Activity ${n}</title><adlcp:data>${maps}</adlcp:data></item>`;
  return manifest(`DDM${part}`, String).replace(
    /<organization [^]*<\/organization>/,
    `<organization identifier="o" ${organization}><title>DDM${part}</title>${item(1, first)}${item(2, second)}
       <imsss:sequencing><imsss:controlMode flow="true"/></imsss:sequencing></organization>`,
  );
}

const stores = (count: number, more = '') =>
  Array.from({ length: count }, (_, i) => `<adlcp:map targetID="tarID_${i + 1}" ${more}/>`).join('');

describe("ADL's SCORM 2004 4th Edition test suite", function () {
  // What DDM asks says what its packages are: the stores of the first are kept beyond the course, those of the second are not, and
  // its second activity may only read them.
  it('passes in what it asks of shared stores, with packages made for it', async function () {
    const cases = join(adl, 'cases/DDM.properties');
    if (!existsSync(cases)) this.skip();
    const folder = await mkdtemp(join(tmpdir(), 'coursedock-ddm-'));
    try {
      await mkdir(join(folder, 'cases'));
      await copyFile(cases, join(folder, 'cases/DDM.properties'));
      await copyFile(join(adl, 'Commands.properties'), join(folder, 'Commands.properties'));
      const packages = {
        a: sharing('a', stores(4), stores(4)),
        b: sharing(
          'b',
          stores(3),
          stores(5, 'writeSharedData="false"'),
          'adlcp:sharedDataGlobalToSystem="false"',
        ),
      };
      for (const [part, xml] of Object.entries(packages)) {
        const zip = new AdmZip();
        zip.addFile('imsmanifest.xml', Buffer.from(xml));
        zip.addFile('resources/SequencingTest.htm', Buffer.from('<title>A test</title>'));
        await writeFile(join(folder, `LMSTestPackage_DDM${part}.zip`), zip.toBuffer());
      }
      assert.deepEqual(await runCases(folder, ['DDM']), [{ name: 'DDM' }]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('passes, as far as its packages are at hand', async function () {
    this.timeout(60_000);
    if (!existsSync(join(adl, 'Commands.properties'))) this.skip();
    // DDM comes without its packages.
    const names = casesIn(adl).filter((name) => existsSync(join(adl, `LMSTestPackage_${name}.zip`)));
    const results = await runCases(adl, names);
    assert.ok(results.length >= 100, `${results.length} cases`);
    assert.deepEqual(
      results.filter(({ difference }) => difference !== undefined),
      [],
    );
  });
});
