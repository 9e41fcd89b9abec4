// The screenshots in docs/: node tests/browser/screenshots.mjs PROGRAM FOLDER
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { launch } from './chromium.mjs';

const [program, folder] = process.argv.slice(2);
const pages = mkdtempSync(join(tmpdir(), 'bayplan-pages-'));
const chromium = await launch();
const shoot = async (name, file, { width, height, phase = 0 }) => {
  const path = join(pages, `${name}.html`);
  execFileSync(program, ['draw', file, '-o', path, '--force', '--quiet']);
  const page = await chromium.page(width, height);
  await page.open(pathToFileURL(path).href);
  await page.value(`(() => { const s = document.getElementById('slider'); if (s) { s.value = ${phase}; s.dispatchEvent(new Event('input')); } })()`);
  writeFileSync(join(folder, `${name}.png`), await page.picture());
};
await shoot('roadmap', 'layouts/roadmap.yaml', { width: 1480, height: 960, phase: 2 });
await chromium.close();
rmSync(pages, { recursive: true, force: true });
