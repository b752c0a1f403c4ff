// --- the replay: the topology as it was at a moment -----------------------------------------------

const TONES = ['nodata', 'healthy', 'degraded', 'failing', 'down'];
const WORDS = ['no requests', 'healthy', 'degraded', 'failing', 'down'];
const GLYPHS = [
  'M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0ZM-3.6 0a3.6 3.6 0 1 1 7.2 0a3.6 3.6 0 1 1-7.2 0Z',
  'M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0Z',
  'M0-7 7.4 6H-7.4Z',
  'M0-7.4 7.4 0 0 7.4-7.4 0Z',
  'M-6.2-6.2H6.2V6.2H-6.2ZM-3.6-1.3V1.3H3.6V-1.3Z',
];
const BORDERS = [['1.5', '2 3'], ['1.5', ''], ['3', ''], ['2', ''], ['3', '7 4']];
const SPEEDS = [1, 2, 5, 10, 30, 60, 120];

const replay = data && data.replay;
let map = null;       // The drawing that is shown.
let wholeRun = null;  // It as the page came.

/** Values of one name for each step. */
function unpack(list, names) {
  for (const item of list) {
    for (const name of item ? names : []) item[name] = unrolled(item[name], 1, false);
  }
}

const stepAt = (ns) => Math.min(Math.floor(ns / replay.s), replay.c - 1);
const perSecond = (count) => count / (replay.s / SECOND);
const isOn = (span, ns, step) => span[1] < (step + 1) * replay.s && span[2] > step * replay.s;

function paint(element, prefix, tone) {
  for (const name of TONES) element.classList.remove(prefix + name);
  element.classList.add(prefix + TONES[tone]);
}

function showNode(link, node, number, ns, step) {
  const tone = Number(node.z[step]);
  const [outer, inner, glyph] = ['.outer', '.inner', '.glyph'].map((name) => find(name, link));
  for (const box of [outer, inner]) paint(box, 's-', tone);
  paint(glyph, 'f-', tone);
  glyph.setAttribute('d', GLYPHS[tone]);
  outer.setAttribute('stroke-width', BORDERS[tone][0]);
  if (BORDERS[tone][1]) outer.setAttribute('stroke-dasharray', BORDERS[tone][1]);
  else outer.removeAttribute('stroke-dasharray');
  inner.setAttribute('visibility', tone === 3 ? 'visible' : 'hidden');
  const rate = node.r[step];
  const ejected = replay.j.filter((span) => span[0] === number && isOn(span, ns, step)).length;
  let words = rate ? grouped(perSecond(rate)) + '/s' : 'no requests';
  if (rate && node.x[step]) words += ', ' + short(node.x[step] * 100 / rate) + ' % err';
  else if (rate) words += ', p99 ' + duration(node.p[step] / 1e6);
  if (ejected) words = ejected + ' of ' + node.i + ' ejected, ' + words.split(', ').pop();
  find('.m', link).textContent = words;
  find('title', link).textContent = node.n + ' at ' + instant(ns) + ': ' + WORDS[tone] + ', ' + words;
}

function showEdge(line, label, edge, number, ns, step) {
  const rate = edge ? edge.r[step] : 0;
  const share = rate ? edge.x[step] / rate : 0;
  const tone = !rate ? 0 : share > 0.25 ? 3 : share > 0.01 ? 2 : 1;
  paint(line, 's-', tone);
  line.setAttribute('stroke-width', rate ? String(Math.min(1.2 + Math.max(Math.log10(perSecond(rate)), 0) * 1.2, 5)) : '1.2');
  if (rate) line.removeAttribute('stroke-dasharray');
  else line.setAttribute('stroke-dasharray', '2 4');
  if (!label) return;
  const open = replay.b.find((span) => span[0] === number && isOn(span, ns, step));
  const [first, second] = findAll('text', label);
  first.textContent = (open ? '\u2298 OPEN ' : '') + (rate ? grouped(perSecond(rate)) + '/s' : '');
  second.textContent = tone > 1 ? short(share * 100) + ' % err' : '';
}

function showMap(ns) {
  if (ns === null) {
    const fresh = wholeRun.cloneNode(true);
    map.replaceWith(fresh);
    map = fresh;
    return;
  }
  const step = stepAt(ns);
  replay.n.forEach((node, i) => {
    const link = find('[data-n="' + i + '"]', map);
    if (link) showNode(link, node, i, ns, step);
  });
  replay.e.forEach((edge, i) => {
    const line = find('[data-e="' + i + '"]', map);
    if (line) showEdge(line, find('[data-l="' + i + '"]', map), edge, i, ns, step);
  });
}

/** A line over the lanes at the moment that is shown. */
function startLanes() {
  const figure = document.getElementById('lanes');
  if (!figure) return;
  const svg = find('svg', figure);
  const left = Number(figure.dataset.left);
  const width = Number(figure.dataset.width);
  const line = document.createElementNS(svg.namespaceURI, 'path');
  line.setAttribute('class', 'cursor');
  line.setAttribute('stroke-width', '1.5');
  line.setAttribute('visibility', 'hidden');
  svg.append(line);
  onTime((ns) => {
    line.setAttribute('visibility', ns === null ? 'hidden' : 'visible');
    if (ns !== null) line.setAttribute('d', 'M' + (left + width * ns / data.end).toFixed(1) + ' 16V' + (svg.viewBox.baseVal.height - 16));
  });
  svg.addEventListener('click', (event) => {
    if (event.target.closest('a')) return;
    const box = svg.getBoundingClientRect();
    const x = (event.clientX - box.left) * svg.viewBox.baseVal.width / box.width;
    if (x >= left) setTime((x - left) / width * data.end);
  });
}

/** Faults, and how many services were out of their normal state, above the slider. */
function drawTrack(canvas) {
  const ratio = devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const ctx = canvas.getContext('2d');
  ctx.scale(ratio, ratio);
  ctx.globalAlpha = 0.25;
  ctx.fillStyle = colour('--band');
  for (const [, from, to] of data.faults) ctx.fillRect(from / data.end * width, 0, Math.max((to - from) / data.end * width, 2), height);
  ctx.globalAlpha = 1;
  for (let step = 0; step < replay.c; ++step) {
    const worst = replay.n.reduce((most, node) => Math.max(most, Number(node.z[step])), 0);
    const out = replay.n.reduce((sum, node) => sum + (Number(node.z[step]) > 1 ? 1 : 0), 0);
    if (!out) continue;
    ctx.fillStyle = colour('--' + TONES[worst]);
    const size = Math.max(out / replay.n.length * height, 3);
    ctx.fillRect(step / replay.c * width, height - size, Math.max(width / replay.c, 1), size);
  }
}

function startReplay() {
  const svg = find('#map .scroll svg');
  if (!replay || !svg) return;
  unpack(replay.n, ['r', 'x', 'p']);
  unpack(replay.e, ['r', 'x']);
  map = svg;
  wholeRun = svg.cloneNode(true);

  const slider = make('input', {type: 'range', min: '0', max: String(data.end / 1e6), step: String(Math.max(replay.s / 1e6, 1)),
    value: '0', 'aria-label': 'Moment of the run', id: 'moment'});
  const canvas = make('canvas', {'aria-hidden': 'true'});
  const clock = make('output', {for: 'moment', text: 'whole run'});
  const say = make('span', {class: 'say'});
  const play = make('button', {type: 'button', class: 'button', text: '\u25b6', 'aria-label': 'Play', 'aria-pressed': 'false'});
  const speed = make('select', {'aria-label': 'Speed'}, ...SPEEDS.map((n) => make('option', {value: n, text: n + '\u00d7'})));
  const fitting = SPEEDS.find((n) => data.end / SECOND / n <= 25) || SPEEDS[SPEEDS.length - 1];
  speed.value = String(fitting);
  const back = make('button', {type: 'button', class: 'button', text: '\u25c2', 'aria-label': 'Event before'});
  const next = make('button', {type: 'button', class: 'button', text: '\u25b8', 'aria-label': 'Next event'});
  const whole = make('button', {type: 'button', class: 'button', text: 'Whole run'});
  const bar = make('div', {class: 'replay', role: 'region', 'aria-label': 'Replay'}, play, back, next, speed,
    make('div', {class: 'track'}, canvas, slider), clock, say, whole);
  document.body.append(bar);
  drawTrack(canvas);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => drawTrack(canvas));
  addEventListener('resize', () => drawTrack(canvas));

  let frame = 0;
  let last = 0;
  const isPlaying = () => frame !== 0;
  const tick = (now) => {
    const moved = last ? (now - last) * 1e6 * Number(speed.value) : 0;
    last = now;
    const at = (shownAt || 0) + moved;
    setTime(at);
    if (at >= data.end) stop();
    else frame = requestAnimationFrame(tick);
  };
  const stop = () => {
    cancelAnimationFrame(frame);
    frame = 0;
    play.textContent = '\u25b6';
    play.setAttribute('aria-label', 'Play');
    play.setAttribute('aria-pressed', 'false');
  };
  const toggle = () => {
    if (isPlaying()) {
      stop();
      return;
    }
    if (shownAt === null || shownAt >= data.end) setTime(0);
    last = 0;
    play.textContent = '\u275a\u275a';
    play.setAttribute('aria-label', 'Pause');
    play.setAttribute('aria-pressed', 'true');
    frame = requestAnimationFrame(tick);
  };
  const jump = (forward) => {
    stop();
    const at = shownAt === null ? -1 : shownAt;
    const times = replay.v.map((event) => event[0]);
    const target = forward ? times.find((t) => t > at + 1) : times.filter((t) => t < at - 1).pop();
    if (target !== undefined) setTime(target);
  };

  play.addEventListener('click', toggle);
  back.addEventListener('click', () => jump(false));
  next.addEventListener('click', () => jump(true));
  whole.addEventListener('click', () => { stop(); setTime(null); });
  slider.addEventListener('input', () => { stop(); setTime(Number(slider.value) * 1e6); });
  const keys = (event) => {
    if (event.target.matches('select, input[type=search]') || event.ctrlKey || event.metaKey || event.altKey) return;
    const onSlider = event.target === slider;
    if (event.key === 'k' || (event.key === ' ' && !event.target.matches('button, a'))) toggle();
    else if (event.key === ',') jump(false);
    else if (event.key === '.') jump(true);
    else if (event.key === 'Escape') { stop(); setTime(null); }
    else if (!onSlider && event.key === 'ArrowRight') setTime((shownAt || 0) + replay.s);
    else if (!onSlider && event.key === 'ArrowLeft') setTime((shownAt || 0) - replay.s);
    else return;
    event.preventDefault();
  };
  bar.addEventListener('keydown', keys);
  document.getElementById('map').addEventListener('keydown', keys);

  onTime((ns) => {
    showMap(ns);
    if (ns !== null) slider.value = String(ns / 1e6);
    clock.textContent = ns === null ? 'whole run' : instant(ns);
    slider.setAttribute('aria-valuetext', clock.textContent);
    const told = ns === null ? [] : replay.v.filter((event) => event[0] <= ns + replay.s);
    say.textContent = told.length ? instant(told[told.length - 1][0]) + '  ' + told[told.length - 1][1] : '';
    say.title = say.textContent;
  });
}
