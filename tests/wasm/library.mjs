// The library as WebAssembly answers as the program does, to the byte: node tests/wasm/library.mjs ENGINE.wasm PROGRAM
//
// Each answer is given by a process of its own (ENGINE.wasm --alone ARGUMENTS): Node 20 crashes after some tens of
// instances of one engine.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { WASI } from 'node:wasi';

const [engine, program, ...alone] = process.argv.slice(2);
if (program === '--alone') {
  // examples/library.rs, in the working directory and nowhere else.
  const wasi = new WASI({ version: 'preview1', args: ['library', ...alone], env: {}, preopens: { '.': '.' } });
  const { instance } = await WebAssembly.instantiate(readFileSync(engine), wasi.getImportObject());
  process.exit(wasi.start(instance));
}

const env = { ...process.env };
delete env.COLUMNS;
function answer(command, ...args) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', env });
  assert.notEqual(status, null, `${args.join(' ')}: ${stderr}`);
  return { code: status, text: stdout };
}
const self = fileURLToPath(import.meta.url);
const library = (...args) => answer(process.execPath, '--no-warnings', self, engine, '--alone', ...args);
const native = (...args) => answer(program, ...args, '--color', 'never', '--quiet');

const documents = ['layouts', 'examples'].flatMap((from) => readdirSync(from).sort().map((name) => `${from}/${name}`));
let compared = 0;
for (const document of documents.filter((name) => name.endsWith('.yaml'))) {
  for (const command of ['plan', 'check']) {
    assert.deepEqual(library(command, document), native(command, document), `${command} ${document}`);
    const expected = native(command, document, '--format', 'json', '--no-timing');
    assert.deepEqual(library(command, document, 'json'), expected, `${command} ${document} as JSON`);
    compared += 2;
  }
}
console.log(`${compared} answers, the same bytes`);
