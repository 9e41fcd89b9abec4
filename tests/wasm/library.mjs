// The library as WebAssembly answers as the program does, to the byte: node tests/wasm/library.mjs ENGINE.wasm PROGRAM
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WASI } from 'node:wasi';

const [engine, program] = process.argv.slice(2);
const module = await WebAssembly.compile(readFileSync(engine));
const folder = mkdtempSync(join(tmpdir(), 'bayplan-library-'));
const env = { ...process.env };
delete env.COLUMNS;

// examples/library.rs, run by WebAssembly in the working directory and nowhere else.
async function library(...args) {
  const path = join(folder, 'stdout');
  const stdout = openSync(path, 'w');
  const wasi = new WASI({ version: 'preview1', args: ['library', ...args], env: {}, preopens: { '.': '.' }, stdout });
  const code = wasi.start(await WebAssembly.instantiate(module, wasi.getImportObject()));
  closeSync(stdout);
  return { code, text: readFileSync(path, 'utf8') };
}
function native(...args) {
  const { status, stdout } = spawnSync(program, [...args, '--color', 'never', '--quiet'], { encoding: 'utf8', env });
  return { code: status, text: stdout };
}

const documents = ['layouts', 'examples'].flatMap((from) => readdirSync(from).sort().map((name) => `${from}/${name}`));
let compared = 0;
for (const document of documents.filter((name) => name.endsWith('.yaml'))) {
  for (const command of ['plan', 'check']) {
    assert.deepEqual(await library(command, document), native(command, document), `${command} ${document}`);
    const expected = native(command, document, '--format', 'json', '--no-timing');
    assert.deepEqual(await library(command, document, 'json'), expected, `${command} ${document} as JSON`);
    compared += 2;
  }
}
rmSync(folder, { recursive: true });
console.log(`${compared} answers, the same bytes`);
