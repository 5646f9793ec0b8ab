// Bundles the SDK into the folder named by the first argument: as a module, as a classic script, both also compressed, and declarations.
import { build } from 'esbuild';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const out = process.argv[2] ?? 'dist';
mkdirSync(out, { recursive: true });

// As the README says; syntax that one of these does not know becomes older syntax.
const browsers = ['chrome94', 'firefox93', 'safari15.4'];
const options = { bundle: true, minify: true, target: browsers, charset: 'utf8', legalComments: 'none', write: false, logLevel: 'warning' };
const bundles = [
  ['personalization.js', { ...options, entryPoints: ['src/module.ts'], format: 'esm' }],
  ['personalization.iife.js', { ...options, entryPoints: ['src/script.ts'], format: 'iife' }],
];
for (const [name, settings] of bundles) {
  const bundle = await build(settings);
  const content = bundle.outputFiles[0].contents;
  writeFileSync(join(out, name), content);
  const zipped = gzipSync(content, { level: 9 });
  writeFileSync(join(out, name + '.gz'), zipped);
  writeFileSync(join(out, name + '.br'), brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
  console.log(`${name}: ${content.length} bytes, ${zipped.length} compressed`);
}

const api = readFileSync('src/api.ts', 'utf8');
writeFileSync(join(out, 'personalization.d.ts'), api + '\nexport declare const init: Init;\n');
