// The scripts that every page of a known site pays for stay small. Bytes as built.
import { statSync } from 'node:fs';

const BUDGETS = {
  'boot.js': 8_000,
  'assets/button.css': 4_000,
  'content-scripts/player-bridge.js': 2_000,
  'panel.js': 80_000,
};

let failed = false;
for (const browser of ['chrome-mv3', 'firefox-mv3']) {
  for (const [file, budget] of Object.entries(BUDGETS)) {
    const { size } = statSync(new URL(`../.output/${browser}/${file}`, import.meta.url));
    const over = size > budget;
    failed ||= over;
    console.log(`${over ? 'TOO BIG' : 'ok'}  ${browser}/${file}  ${size} of ${budget} bytes`);
  }
}
if (failed) process.exit(1);
