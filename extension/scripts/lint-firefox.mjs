// What addons.mozilla.org's validator (the one in `web-ext lint`) says of the Firefox build: no error, and the warnings that
// firefox-warnings.json gives a reason for, neither more nor fewer.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import linter from 'addons-linter';

const build = fileURLToPath(new URL('../.output/firefox-mv3', import.meta.url));
const reasons = JSON.parse(readFileSync(new URL('firefox-warnings.json', import.meta.url), 'utf8'));

const config = { _: [build], logLevel: 'fatal', output: 'none', shouldScanFile: () => true };
const { errors, warnings } = await linter.createInstance({ config, runAsBinary: false }).run();

const problems = errors.map(({ code, file, message }) => `error ${code} in ${file}: ${message}`);
const found = new Set(warnings.map(({ code, file }) => `${code} ${named(file)}`));
for (const name of found) if (!(name in reasons)) problems.push(`a warning without a reason: ${name}`);
for (const name of Object.keys(reasons)) if (!found.has(name)) problems.push(`a reason without its warning: ${name}`);

for (const problem of problems) console.error(problem);
console.log(`${errors.length} errors, ${warnings.length} warnings`);
if (problems.length > 0) process.exit(1);

/** A file's name as the reasons have it: which module a shared chunk is named after, and its hash, are the bundler's choice. */
function named(file) {
  return file.replace(/^chunks\/.*(?=\.js$)/, 'chunks/*');
}
