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
}
function pick(event) {
  const button = event.target.closest('[data-pick]');
  if (!button) return;
  by('startup').value = by('startup').value === button.dataset.pick ? '' : button.dataset.pick;
  choose();
}
function slide() {
  const at = Number(by('slider').value);
  all('.view').forEach((view, nth) => { view.hidden = nth !== at; });
  by('phase').textContent = all('.view h2')[at].textContent;
  by('slider').setAttribute('aria-valuetext', by('phase').textContent);
  choose();
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
