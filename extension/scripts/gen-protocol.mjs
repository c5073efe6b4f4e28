// Makes src/protocol/generated.ts of the Python side's JSON Schema (python -m clipferry.protocol.json_schema).
//
//   node scripts/gen-protocol.mjs [--check]      CLIPFERRY_PYTHON names the interpreter; --check writes nothing, exits 1 on a diff
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compile } from 'json-schema-to-typescript';
import { format, resolveConfig } from 'prettier';

const target = fileURLToPath(new URL('../src/protocol/generated.ts', import.meta.url));
const daemon = fileURLToPath(new URL('../../daemon', import.meta.url));
const python = process.env.CLIPFERRY_PYTHON ?? 'python3';

const schema = JSON.parse(
  execFileSync(python, ['-m', 'clipferry.protocol.json_schema'], {
    encoding: 'utf8',
    env: { ...process.env, PYTHONPATH: daemon, PYTHONIOENCODING: 'utf-8' },
  }),
);

/** Beside a `$ref` a default makes the generator copy the type; nobody on this side needs it. */
function withoutDefaultsOfRefs(node) {
  if (Array.isArray(node)) return node.map(withoutDefaultsOfRefs);
  if (node === null || typeof node !== 'object') return node;
  const kept = '$ref' in node ? { $ref: node.$ref } : node;
  return Object.fromEntries(Object.entries(kept).map(([key, value]) => [key, withoutDefaultsOfRefs(value)]));
}

const types = await compile(withoutDefaultsOfRefs(schema), 'Protocol', {
  bannerComment: '// Generated from daemon/clipferry/protocol by scripts/gen-protocol.mjs. Do not edit.',
  enableConstEnums: false,
  format: false,
  ignoreMinAndMaxItems: true,
  unreachableDefinitions: true,
});
const constants = `
export const PROTOCOL_VERSION = ${schema['x-protocol-version']};
export const MAX_FRAME_BYTES = ${schema['x-max-frame-bytes']};
export const MAX_URL_CHARS = ${schema['x-max-url-chars']};
/** What the companion lets the extension ask for. */
export const PAGE_METHODS = ${JSON.stringify(schema['x-page-methods'])} as const;
`;
// The generator notes on every type that the schema refers to it: noise.
const NOTE = String.raw` \* This interface was referenced by .*\n \* via the .*\n`;
const text = (await format(types + constants, { ...(await resolveConfig(target)), parser: 'typescript' }))
  .replace(new RegExp(String.raw`/\*\*\n${NOTE} \*/\n`, 'g'), '')
  .replace(new RegExp(String.raw` \*\n${NOTE}`, 'g'), '');

if (process.argv.includes('--check')) {
  let committed = '';
  try {
    committed = readFileSync(target, 'utf8');
  } catch {
    // Not there yet: differs.
  }
  if (committed !== text) {
    console.error('src/protocol/generated.ts is not what protocol.py says: run `npm run protocol` and commit it.');
    process.exit(1);
  }
} else {
  writeFileSync(target, text);
}
