import { runCases, type Result } from './conformance/run.ts';

// npm run conformance -- DIR [CASE…]: plays ADL's SCORM 2004 4th Edition cases through the manifest reader and the engine.

const [folder, ...wanted] = process.argv.slice(2);
if (!folder) {
  console.error(
    'Which folder? npm run conformance -- DIR [CASE…]: DIR/cases/CASE.properties, DIR/LMSTestPackage_CASE.zip',
  );
  process.exit(2);
}
const say = ({ name, difference }: Result) =>
  console.log(difference === undefined ? `PASS ${name}` : `FAIL ${name}: ${difference}`);
const results = await runCases(folder, wanted.length > 0 ? wanted : undefined, say);
const failed = results.filter(({ difference }) => difference !== undefined);
console.log(`${results.length - failed.length} of ${results.length} cases pass.`);
process.exitCode = failed.length > 0 || results.length === 0 ? 1 : 0;
