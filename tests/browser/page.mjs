// The page that `bayplan draw -o x.html` writes, in a browser: node tests/browser/page.mjs PROGRAM
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { browser, launch } from './chromium.mjs';

const program = process.argv[2] ?? 'target/debug/bayplan';
if (!browser()) {
  console.error('no Chromium: `apt-get install chromium`, or name one in BAYPLAN_CHROMIUM');
  process.exit(process.env.CI ? 1 : 0);
}
const folder = mkdtempSync(join(tmpdir(), 'bayplan-pages-'));
const run = (...args) => execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const drawn = (name, ...files) => {
  const path = join(folder, `${name}.html`);
  run('draw', ...files, '-o', path, '--force', '--quiet');
  return pathToFileURL(path).href;
};
const written = (name, text) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

// What stands in the page: each visible block with its host's box.
const BLOCKS = `Array.from(document.querySelectorAll('.view:not([hidden]) g.host')).flatMap((host) => {
  const room = host.querySelector('.room').getBoundingClientRect();
  return Array.from(host.querySelectorAll('g[data-id]')).map((block) => {
    const { x, y, width, height } = block.querySelector('rect').getBoundingClientRect();
    return { id: block.dataset.id, host: host.querySelector('text.h').textContent, x, y, width, height,
      room: { x: room.x, y: room.y, width: room.width, height: room.height } };
  });
})`;
const shown = '.view:not([hidden])';
const tests = {
  'opens from disk, asks for nothing and says nothing': async (page) => {
    const url = drawn('shared', 'layouts/shared.yaml');
    await page.open(url);
    assert.deepEqual(page.requests, [url]);
    assert.deepEqual(page.messages, []);
    // The policy is what keeps it so.
    const refused = await page.value(`new Promise((resolve) => {
      document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective));
      fetch('https://example.org/').catch(() => setTimeout(() => resolve('nothing refused it'), 200));
    })`);
    assert.equal(refused, 'connect-src');
    assert.equal(await page.value(`(() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s); return window.ran ?? 0; })()`), 0);
  },
  'blocks are where and as large as the figures say': async (page) => {
    await page.open(drawn('shared', 'layouts/shared.yaml'));
    const blocks = await page.value(BLOCKS);
    const answer = JSON.parse(run('check', 'layouts/shared.yaml', '--format', 'json', '--no-timing'));
    const hosts = new Map(answer.hosts.map((host) => [host.name, host]));
    assert.equal(blocks.length, answer.hosts.reduce((sum, host) => sum + host.containers.length, 0));
    const memory = (id) => ({ db: 4, prometheus: 2, app: 2, queue: 1, alertmanager: 1, gitea: 1 })[id.split('/')[1].split('.')[0]] ?? 0.5;
    const rooms = new Map();
    for (const block of blocks) {
      const { room } = block;
      rooms.set(block.host, room);
      assert.ok(hosts.get(block.host).containers.includes(block.id), `${block.id} is drawn on ${block.host}`);
      assert.ok(block.x >= room.x - 0.6 && block.x + block.width <= room.x + room.width + 0.6, `${block.id} leaves its host`);
      assert.ok(block.y >= room.y - 0.6 && block.y + block.height <= room.y + room.height + 0.6, `${block.id} leaves its host`);
      const capacity = { nuc: 40, workstation: 16 }[block.host];
      const share = (block.width * block.height) / (room.width * room.height);
      const asked = memory(block.id) / capacity;
      assert.ok(Math.abs(share - asked) < 0.05 * asked, `${block.id} takes ${share}, asks ${asked}`);
      for (const other of blocks) {
        if (other === block) continue;
        const apart = block.x + block.width <= other.x + 0.6 || other.x + other.width <= block.x + 0.6
          || block.y + block.height <= other.y + 0.6 || other.y + other.height <= block.y + 0.6;
        assert.ok(apart, `${block.id} and ${other.id} overlap`);
      }
    }
    const tall = rooms.get('nuc').height / rooms.get('workstation').height;
    assert.ok(Math.abs(tall - 2.5) < 0.02, `40 GiB looks ${tall} times 16 GiB`);
  },
  'labels are 11 pixels or more and stay in their blocks': async (page) => {
    for (const shown of [['layouts/shared.yaml'], ['examples/proxmox.yaml'], ['examples/zones.yaml', '--by', 'zone']]) {
      await page.open(drawn('labels', ...shown));
      const wrong = await page.value(`Array.from(document.querySelectorAll('g[data-id]')).flatMap((block) => {
        const room = block.querySelector('rect').getBoundingClientRect();
        const scale = block.ownerSVGElement.getScreenCTM().a;
        return Array.from(block.querySelectorAll('text')).filter((text) => {
          const it = text.getBoundingClientRect();
          return it.right > room.right + 0.5 || it.bottom > room.bottom + 2 || parseFloat(getComputedStyle(text).fontSize) * scale < 10.99
            || (text.textContent.includes('…') && !block.querySelector('title').textContent);
        }).map((text) => block.dataset.id + ': ' + text.textContent);
      })`);
      assert.deepEqual(wrong, []);
    }
  },
  'lines join what is needed, wherever hosts stand': async (page) => {
    const far = `(() => {
      const origin = document.querySelector('.map').getBoundingClientRect();
      const within = (path, at, id) => {
        const { x, y } = path.getPointAtLength(at);
        const room = document.querySelector('g[data-id="' + id + '"] rect').getBoundingClientRect();
        const [left, top] = [x + origin.left, y + origin.top];
        return left >= room.left - 0.5 && left <= room.right + 0.5 && top >= room.top - 0.5 && top <= room.bottom + 0.5;
      };
      const lines = Array.from(document.querySelectorAll('.link'));
      const wrong = lines.filter((path) => !within(path, 0, path.dataset.from) || !within(path, path.getTotalLength(), path.dataset.to));
      return [lines.length, wrong.map((path) => path.textContent)];
    })()`;
    await page.open(drawn('links', 'examples/proxmox.yaml', '--links'));
    for (const width of [1300, 700, 360]) {
      await page.call('Emulation.setDeviceMetricsOverride', { width, height: 900, deviceScaleFactor: 1, mobile: false });
      await page.value('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))');
      assert.deepEqual(await page.value(far), [7, []], `${width} pixels`);
      assert.ok(await page.value('document.documentElement.scrollWidth') <= width, `${width} pixels`);
    }
    const marks = await page.value(`(({ markerStart, markerEnd }) => [markerStart, markerEnd])(getComputedStyle(document.querySelector('.link')))`);
    assert.deepEqual(marks, ['url("#dot")', 'url("#arrow")']);
  },
  'search, the list and the legend choose': async (page) => {
    await page.open(drawn('shared', 'layouts/shared.yaml'));
    const bright = `Array.from(document.querySelectorAll('${shown} g[data-id]:not(.off)')).map((it) => it.dataset.id).sort()`;
    const all = (await page.value(bright)).length;
    assert.equal(all, 31);
    await page.value(`(() => { const s = document.getElementById('search'); s.focus(); s.value = 'MariaDB'; s.dispatchEvent(new Event('input')); })()`);
    assert.deepEqual(await page.value(bright), ['platform/db']);
    assert.equal(await page.value(`document.getElementById('found').textContent`), '1 shown');
    await page.key('Escape');
    assert.equal((await page.value(bright)).length, all);
    await page.value(`(() => { const s = document.getElementById('startup'); s.value = 's07'; s.dispatchEvent(new Event('change')); })()`);
    assert.deepEqual(await page.value(bright), ['s07/app']);
    await page.value(`document.querySelector('[data-pick=platform]').click()`);
    assert.equal((await page.value(bright)).length, 13);
    assert.equal(await page.value(`document.querySelector('[data-pick=platform]').getAttribute('aria-pressed')`), 'true');
    await page.value(`document.querySelector('[data-pick=platform]').click()`);
    assert.equal((await page.value(bright)).length, all);
  },
  'works by keyboard': async (page) => {
    await page.open(drawn('shared', 'layouts/shared.yaml'));
    await page.key('/', 'Slash', '/');
    assert.equal(await page.value('document.activeElement.id'), 'search');
    assert.equal(await page.value(`document.getElementById('search').value`), '');
    const seen = new Set();
    for (let step = 0; step < 60; step += 1) {
      await page.key('Tab');
      const at = await page.value(`document.activeElement.dataset?.id ?? document.activeElement.id ?? ''`);
      if (at.includes('/')) {
        seen.add(at);
        const said = await page.value(`document.getElementById('figures').textContent`);
        assert.ok(said.startsWith(`${at}: `) && said.includes('GiB') || said.includes('MiB'), `${at}: ${said}`);
      }
    }
    assert.ok(seen.size >= 25, `only ${seen.size} blocks are reached by Tab`);
  },
  'the slider goes through the phases': async (page) => {
    await page.open(drawn('roadmap', 'layouts/roadmap.yaml'));
    const now = `Array.from(document.querySelectorAll('.view')).map((view) => !view.hidden)`;
    assert.deepEqual(await page.value(now), [true, false, false, false, false, false]);
    const solid = `Array.from(document.querySelectorAll('${shown} g[data-id]')).filter((it) => !it.querySelector('.res')).length`;
    const before = await page.value(solid);
    await page.value(`document.getElementById('slider').focus()`);
    for (let step = 0; step < 3; step += 1) await page.key('ArrowRight');
    assert.deepEqual(await page.value(now), [false, false, false, true, false, false]);
    assert.ok((await page.value(`document.getElementById('phase').textContent`)).startsWith('growth'));
    const answer = JSON.parse(run('roadmap', 'layouts/roadmap.yaml', '--format', 'json', '--no-timing'));
    const count = (phase) => answer.phases[phase].hosts.reduce((sum, host) => sum + host.containers.length, 0);
    assert.equal(before, count(0));
    assert.equal(await page.value(solid), count(3));
    // What is hatched is hatched in every picture: what is defined in a hidden one is not found.
    assert.equal(await page.value(`document.querySelectorAll('#hatch').length`), 1);
    assert.ok(await page.value(`document.getElementById('hatch').closest('.view') === null`));
    // What stays does not move between the pictures.
    const places = {};
    for (let phase = 0; phase < 6; phase += 1) {
      await page.value(`(() => { const s = document.getElementById('slider'); s.value = ${phase}; s.dispatchEvent(new Event('input')); })()`);
      for (const block of await page.value(BLOCKS)) {
        assert.equal(places[block.id] ?? block.host, block.host, `${block.id} changes its host`);
        places[block.id] = block.host;
      }
    }
  },
  'two documents stand side by side with what moved marked': async (page) => {
    await page.open(drawn('two', 'layouts/isolated.yaml', 'layouts/swarm.yaml'));
    const views = await page.value(`Array.from(document.querySelectorAll('.view')).map((it) => it.getBoundingClientRect().height > 0)`);
    assert.deepEqual(views, [true, true]);
    const a = written('a.yaml', `hosts: {a: {memory: 4GiB}, b: {memory: 4GiB}}\nstartups: {s: {containers: {c: {memory: 1GiB}, d: {memory: 1GiB}}}}\nplacement: {a: [s/c, s/d]}\n`);
    const b = written('b.yaml', `extends: a.yaml\nplacement: {a: [s/c], b: [s/d]}\n`);
    await page.open(drawn('moved', a, b));
    assert.deepEqual(await page.value(`Array.from(document.querySelectorAll('g.m')).map((it) => it.dataset.id)`), ['s/d']);
    const dashes = await page.value(`getComputedStyle(document.querySelector('g.m rect')).strokeDasharray`);
    assert.notEqual(dashes, 'none');
  },
  'the table has every container, the toolbox what is chosen': async (page) => {
    await page.open(drawn('roadmap', 'layouts/roadmap.yaml'));
    await page.value(`document.querySelector('details').open = true`);
    const rows = await page.value(`document.querySelectorAll('${shown} tr[data-id]').length`);
    assert.equal(rows, await page.value(`document.querySelectorAll('${shown} g[data-id]').length`));
    assert.ok((await page.value(`Array.from(document.querySelectorAll('strong')).map((it) => it.textContent)`)).includes('Prometheus'));
  },
  'prints without controls and with all phases': async (page) => {
    await page.open(drawn('roadmap', 'layouts/roadmap.yaml'));
    await page.media([], 'print');
    assert.equal(await page.value(`getComputedStyle(document.querySelector('form')).display`), 'none');
    const legend = await page.value(`Array.from(document.querySelectorAll('ul[aria-label=Startups] i')).map((it) => [it.getBoundingClientRect().height > 0, getComputedStyle(it).printColorAdjust].join())`);
    assert.ok(legend.length >= 19 && legend.every((it) => it === 'true,exact'), legend.join(' '));
    assert.equal(await page.value(`Array.from(document.querySelectorAll('.view')).filter((it) => it.getBoundingClientRect().height > 0).length`), 6);
    await page.media([]);
  },
  'is 360 pixels wide without a page that scrolls sideways': async (page) => {
    await page.call('Emulation.setDeviceMetricsOverride', { width: 360, height: 800, deviceScaleFactor: 1, mobile: false });
    for (const name of ['layouts/shared.yaml', 'layouts/roadmap.yaml', 'layouts/isolated.yaml', 'examples/proxmox.yaml', 'examples/zones.yaml']) {
      await page.open(drawn('narrow', name, ...(name.includes('zones') ? ['--by', 'zone'] : [])));
      const beyond = `Array.from(document.querySelectorAll('${shown} svg')).filter((it) => it.getBoundingClientRect().right > 360).length`;
      assert.equal(await page.value(beyond), 0, name);
      assert.ok(await page.value('document.documentElement.scrollWidth') <= 360, name);
      const scale = await page.value(`document.querySelector('${shown} svg').getScreenCTM().a`);
      assert.ok(scale >= 0.999, `labels are drawn at ${scale}`);
    }
    await page.call('Emulation.setDeviceMetricsOverride', { width: 1300, height: 900, deviceScaleFactor: 1, mobile: false });
  },
  'is dark where that is wanted': async (page) => {
    await page.open(drawn('shared', 'layouts/shared.yaml'));
    const ground = `getComputedStyle(document.body).backgroundColor`;
    const light = await page.value(ground);
    await page.media([{ name: 'prefers-color-scheme', value: 'dark' }]);
    const dark = await page.value(ground);
    assert.notEqual(light, dark);
    await page.media([]);
  },
  'names that look like code are names': async (page) => {
    const evil = `<script>window.ran=1</script>"'\\u202e\\U0001F680<img src=x onerror=window.ran=1>${'x'.repeat(60)}`;
    const path = written('evil.yaml', `name: "${evil.replaceAll('"', '\\"')}"
hosts: {a: {title: "${evil.replaceAll('"', '\\"')}", memory: 8GiB}}
startups: {s: {title: "${evil.replaceAll('"', '\\"')}", containers: {c: {title: "${evil.replaceAll('"', '\\"')}", memory: 4GiB}}}}
toolbox: {x: {title: "${evil.replaceAll('"', '\\"')}", tools: ["${evil.replaceAll('"', '\\"')}"], status: later}}
placement: {a: [s/c]}
`);
    const url = drawn('evil', path);
    const before = page.requests.length;
    const said = page.messages.length;
    await page.open(url);
    assert.equal(await page.value('window.ran ?? 0'), 0);
    assert.deepEqual(page.requests.slice(before), [url]);
    assert.deepEqual(page.messages.slice(said), []);
    assert.equal(await page.value(`document.querySelectorAll('img').length + document.querySelectorAll('script').length`), 1);
    assert.ok((await page.value(`document.querySelector('h1').textContent`)).includes('<script>'));
  },
};

const chromium = await launch();
let failed = 0;
for (const [name, test] of Object.entries(tests)) {
  const page = await chromium.page(1300, 900);
  try {
    await test(page);
    console.log(`ok      ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}\n${error.message}`);
  }
}
await chromium.close();
rmSync(folder, { recursive: true, force: true });
console.log(failed ? `${failed} failed` : `all ${Object.keys(tests).length} hold`);
process.exit(failed ? 1 : 0);
