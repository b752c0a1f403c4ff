// What all parts share: the data of the page, the moment that it shows, and links to moments.
// Everything here only adds to what stands in the page already.

const find = (selector, within = document) => within.querySelector(selector);
const findAll = (selector, within = document) => [...within.querySelectorAll(selector)];

/** An element with attributes and children; texts become text nodes, never markup. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'text') element.textContent = value;
    else if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

const holder = document.getElementById('data');
const data = holder ? JSON.parse(holder.textContent) : null;
const SECOND = 1e9;

/** Colours as the style sheet has them now, so that they follow the reader's scheme. */
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Three significant digits without zeros at the end. */
function short(value) {
  if (value === 0) return '0';
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return String(Number(value.toFixed(size < 0.01 ? 4 : digits)));
}

const grouped = (value) => (Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en-US') : short(value));

function duration(seconds) {
  const size = Math.abs(seconds);
  if (size === 0) return '0 s';
  if (size >= 1) return grouped(seconds) + ' s';
  if (size >= 1e-3) return short(seconds * 1e3) + ' ms';
  if (size >= 1e-6) return short(seconds * 1e6) + ' us';
  return short(seconds * 1e9) + ' ns';
}

const instant = (ns) => (ns / SECOND).toLocaleString('en-US', {minimumFractionDigits: 1, maximumFractionDigits: 1}) + ' s';

// --- the moment that the page shows, in ns; null is the whole run -------------------------------

const watchers = [];
let shownAt = null;

const onTime = (watcher) => watchers.push(watcher);

function setTime(ns) {
  shownAt = ns === null || !data ? null : Math.min(Math.max(ns, 0), data.end);
  for (const watcher of watchers) watcher(shownAt);
  rememberSoon();
}

let remembering = 0;

/** Keeps the address such that it leads back here: `#svc=payment&t=12.4`. */
function rememberSoon() {
  clearTimeout(remembering);
  remembering = setTimeout(() => {
    const parts = hashParts().filter((part) => !part.startsWith('t='));
    if (shownAt !== null) parts.push('t=' + Number((shownAt / SECOND).toFixed(3)));
    const hash = parts.length ? '#' + parts.join('&') : '';
    if (hash !== location.hash) history.replaceState(null, '', hash || location.pathname + location.search);
  }, 150);
}

function hashParts() {
  try {
    return decodeURIComponent(location.hash.slice(1)).split('&').filter(Boolean);
  } catch {
    return [];
  }
}

/** Goes where the address says: to a section, to a moment, or both. */
function follow() {
  let moment = null;
  for (const part of hashParts()) {
    const seconds = /^t=(\d+(\.\d+)?)$/.exec(part);
    if (seconds) {
      moment = Number(seconds[1]) * SECOND;
      continue;
    }
    const target = document.getElementById(part);
    if (!target) continue;
    for (let box = target.closest('details'); box; box = box.parentElement.closest('details')) box.open = true;
    target.scrollIntoView();
    if (part.startsWith('svc=')) {
      findAll('.hit').forEach((element) => element.classList.remove('hit'));
      target.classList.add('hit');
    }
  }
  if (moment !== null) setTime(moment);
}

addEventListener('hashchange', follow);
document.addEventListener('click', (event) => {
  const link = event.target.closest('a[href^="#"]');
  // The same address again is no change of it.
  if (link && link.getAttribute('href') === location.hash) follow();
});

/** What was copied or saved, said to everyone. */
const announcer = make('div', {class: 'sr', 'aria-live': 'polite', role: 'status'});
document.body.append(announcer);
const announce = (text) => { announcer.textContent = text; };

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = make('textarea', {class: 'sr', 'aria-label': 'Copied text'});
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
  announce('Copied');
}

function save(name, type, text) {
  const address = URL.createObjectURL(new Blob([text], {type}));
  make('a', {href: address, download: name}).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
