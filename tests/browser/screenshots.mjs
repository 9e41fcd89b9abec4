// The pictures in docs/: node tests/browser/screenshots.mjs PROGRAM FOLDER
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { launch } from './chromium.mjs';

const [program, folder] = process.argv.slice(2);
const draw = (path, args) => execFileSync(program, ['draw', ...args, '-o', path, '--force', '--quiet']);

// What is a file of its own; a test compares these with what is drawn.
draw(join(folder, 'shared.svg'), ['layouts/shared.yaml']);
draw(join(folder, 'proxmox.svg'), ['examples/proxmox.yaml', '--links']);
draw(join(folder, 'zones.svg'), ['examples/zones.yaml', '--by', 'zone']);
draw(join(folder, 'forty-hosts.svg'), ['examples/forty-hosts.yaml', '--by', 'role', '--slide']);

// What a browser shows of a page.
const pages = mkdtempSync(join(tmpdir(), 'bayplan-pages-'));
const chromium = await launch();
const shoot = async (name, args, { width, height, phase = 0, dark = false }) => {
  const path = join(pages, `${name}.html`);
  draw(path, args);
  const page = await chromium.page(width, height);
  if (dark) await page.media([{ name: 'prefers-color-scheme', value: 'dark' }]);
  await page.open(pathToFileURL(path).href);
  await page.value(`(() => { const s = document.getElementById('slider'); if (s) { s.value = ${phase}; s.dispatchEvent(new Event('input')); } })()`);
  writeFileSync(join(folder, `${name}.png`), await page.picture());
};
await shoot('roadmap', ['layouts/roadmap.yaml'], { width: 1100, height: 980, phase: 2 });
await shoot('proxmox-dark', ['examples/proxmox.yaml', '--links'], { width: 1400, height: 860, dark: true });
await shoot('proxmox-phone', ['examples/proxmox.yaml'], { width: 360, height: 1500 });
await chromium.close();
rmSync(pages, { recursive: true, force: true });
