'use strict';
const all = (what) => Array.from(document.querySelectorAll(what));
const by = (id) => document.getElementById(id);
const blocks = all('[data-id]');
function choose() {
  const words = by('search').value.trim().toLowerCase();
  const startup = by('startup').value;
  let shown = 0;
  for (const block of blocks) {
    const text = (block.dataset.id + ' ' + block.textContent).toLowerCase();
    const off = (startup !== '' && block.dataset.s !== startup) || !text.includes(words);
    block.classList.toggle('off', off);
    if (!off && block.tagName === 'g' && !block.closest('.view').hidden) shown += 1;
  }
  for (const button of all('[data-pick]')) button.setAttribute('aria-pressed', button.dataset.pick === startup);
  by('found').textContent = shown + ' shown';
}
function tell(event) {
  const block = event.target.closest && event.target.closest('g[data-id]');
  if (block) by('figures').textContent = block.querySelector('title').textContent;
  const id = block && block.dataset.id;
  for (const path of all('.links path')) path.classList.toggle('off', Boolean(id) && path.dataset.from !== id && path.dataset.to !== id);
}
function pick(event) {
  const button = event.target.closest('[data-pick]');
  if (!button) return;
  by('startup').value = by('startup').value === button.dataset.pick ? '' : button.dataset.pick;
  choose();
}
function join() {
  for (const map of all('.map')) {
    const lines = map.querySelector('.links');
    if (!lines || !map.offsetParent) continue;
    const origin = map.getBoundingClientRect();
    const areas = new Map();
    for (const block of map.querySelectorAll('g[data-id]')) areas.set(block.dataset.id, block.querySelector('rect').getBoundingClientRect());
    const low = (area, across) => {
      const edge = Math.min(7, area.width / 2);
      return [area.left - origin.left + Math.min(Math.max(across, edge), area.width - edge), area.bottom - origin.top - Math.min(7, area.height / 2)];
    };
    const ends = new Map();
    for (const path of lines.querySelectorAll('.link')) {
      if (!ends.has(path.dataset.to)) ends.set(path.dataset.to, []);
      ends.get(path.dataset.to).push(path);
    }
    for (const [id, paths] of ends) paths.forEach((path, nth) => {
      const area = areas.get(id);
      const start = areas.get(path.dataset.from);
      if (!area || !start) return;
      const [x, y] = low(start, 7);
      const [toX, toY] = low(area, area.width * (nth + 1) / (paths.length + 1));
      const line = `M${x} ${y}Q${(x + toX) / 2 + (toY - y) / 8} ${(y + toY) / 2 - (toX - x) / 8} ${toX} ${toY}`;
      path.setAttribute('d', line);
      path.previousElementSibling.setAttribute('d', line);
    });
  }
}
function slide() {
  const at = Number(by('slider').value);
  all('.view').forEach((view, nth) => { view.hidden = nth !== at; });
  by('phase').textContent = all('.view h2')[at].textContent;
  by('slider').setAttribute('aria-valuetext', by('phase').textContent);
  choose();
  join();
}
for (const block of all('g[data-id]')) block.setAttribute('tabindex', '0');
by('search').addEventListener('input', choose);
by('startup').addEventListener('change', choose);
document.addEventListener('click', pick);
document.addEventListener('mouseover', tell);
document.addEventListener('focusin', tell);
document.addEventListener('keydown', (event) => {
  if (event.key === '/' && event.target !== by('search')) { event.preventDefault(); by('search').focus(); }
  if (event.key === 'Escape') { by('search').value = ''; by('startup').value = ''; choose(); }
});
by('search').form.addEventListener('submit', (event) => event.preventDefault());
if (by('slider')) { by('slider').addEventListener('input', slide); slide(); }
choose();
join();
addEventListener('resize', join);
matchMedia('print').addEventListener('change', join);
