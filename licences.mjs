// Prints THIRD_PARTY_LICENSES.md: what an installation of this package brings along, as package-lock.json has it, and under which licences.
// Ends with status 1 at a licence that nobody has looked at.
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** By SPDX identifier, what it asks of who installs or passes on embedding-bench. */
const KNOWN = {
  '0BSD': 'nothing',
  'Apache-2.0': 'keep licence and notices',
  'BlueOak-1.0.0': 'keep the licence, or a link to it',
  'BSD-2-Clause': 'keep the licence',
  'BSD-3-Clause': 'keep the licence; no endorsement',
  'CC-BY-3.0': 'name the author',
  'CC0-1.0': 'nothing',
  ISC: 'keep the licence',
  MIT: 'keep the licence',
  'MPL-2.0': 'keep the licence; changed files of it stay under it. It is installed unchanged, as packages of their own',
  'OFL-1.1': 'keep the licence; the font is not sold by itself',
  Unlicense: 'nothing',
};
/** Not SPDX, and what it is. */
const SPELLINGS = { 'Apache 2.0': 'Apache-2.0' };

const { packages } = JSON.parse(readFileSync(process.argv[2] ?? path.join(import.meta.dirname, 'package-lock.json'), 'utf8'));
const installed = Object.entries(packages)
  .filter(([place, { dev, link }]) => place !== '' && dev !== true && link !== true)
  .map(([place, { version, license = 'none', optional = false }]) => ({
    name: place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length),
    version,
    licence: SPELLINGS[license] ?? license,
    optional,
  }));
const unknown = installed.filter(({ licence }) => !partsOf(licence).every((part) => Object.hasOwn(KNOWN, part)));
if (unknown.length > 0) {
  for (const { name, version, licence } of unknown)
    console.error(`${name}@${version}: licence ${licence}. If it fits, add it to KNOWN in licences.mjs.`);
  process.exitCode = 1;
} else {
  process.stdout.write(page());
}

/** Of `(A AND B)`, `A OR B`: each has to be known, whichever is taken. */
function partsOf(licence) {
  return licence.replaceAll(/[()]/g, '').split(/ (?:AND|OR) /);
}

function page() {
  const used = [...new Set(installed.flatMap(({ licence }) => partsOf(licence)))].toSorted();
  const count = (licence) => installed.filter((each) => partsOf(each.licence).includes(licence)).length;
  // A package that is there in two places is one.
  const rows = new Map(
    installed.map(({ name, version, licence, optional }) => [
      `${name}@${version}`,
      `| [${name}](https://www.npmjs.com/package/${name}/v/${version}) | ${version} | ${licence} | ${optional ? 'optional' : ''} |`,
    ]),
  );
  return `# Licences of third parties

embedding-bench is under the [MIT licence](LICENSE). npm installs these packages with it, each with its own licence file; those that are needed
for development alone are not among them. \`npm run licences\` makes this list from package-lock.json.

| licence | packages | asks to |
| --- | ---: | --- |
${used.map((licence) => `| ${licence} | ${count(licence)} | ${KNOWN[licence]} |`).join('\n')}

Pages of \`bench report\` contain Vega, Vega-Lite and vega-interpreter (BSD-3-Clause), and say so; pictures are lettered in Inter (OFL-1.1).
Encoders and datasets have licences of their own: models.json and datasets.json name those that are known.

| package | version | licence | |
| --- | --- | --- | --- |
${[...rows.keys()]
  .toSorted()
  .map((name) => rows.get(name))
  .join('\n')}
`;
}
