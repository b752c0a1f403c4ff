// --- charts -------------------------------------------------------------------------------------
// Each drawing becomes a chart with zoom and cursor when it comes near the window.

const UNITS = [
  {scale: 0.1, words: (v) => grouped(v) + '/s'},
  {scale: 1e-6, words: duration},
  {scale: 0.01, words: grouped},
  {scale: 0.01, words: (v) => short(v) + ' %'},
];
const DASHES = [[], [8, 3], [], [6, 3], [2, 2], [8, 3, 2, 3], [5, 3], [1, 3]];
const FILLED = 1;
const ON_RIGHT = 2;

const drawn = new Map();  // Of figures: their uPlot.
const hidden = new Set();  // Names of lines that nobody wants to see.
let zoomed = null;         // [from, to] in seconds.

/** Values as numbers: runs are `[value, times]`. */
function unrolled(values, scale, positive) {
  const out = [];
  for (const item of values) {
    const [value, times] = Array.isArray(item) ? item : [item, 1];
    const number = value === null || (positive && value <= 0) ? null : value * scale;
    for (let i = 0; i < times; ++i) out.push(number);
  }
  return out;
}

function isWide(columns) {
  let least = Infinity;
  let most = 0;
  for (const value of columns.flat()) {
    if (value > 0) {
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
  }
  return most / 20 > least;
}

function drawBands(plot) {
  const {ctx, bbox} = plot;
  ctx.save();
  ctx.globalAlpha = 0.16;
  ctx.fillStyle = colour('--band');
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const [, from, to] of data.faults) {
    const left = plot.valToPos(from / SECOND, 'x', true);
    const right = plot.valToPos(to / SECOND, 'x', true);
    ctx.fillRect(left, bbox.top, Math.max(right - left, 2), bbox.height);
  }
  ctx.restore();
  nameBands(plot);
}

/** The names of the bands stand above the plot, where no line runs through them. */
function nameBands(plot) {
  const {ctx, bbox} = plot;
  ctx.save();
  ctx.fillStyle = colour('--dim');
  ctx.font = 10 * devicePixelRatio + 'px system-ui, sans-serif';
  ctx.textBaseline = 'bottom';
  let free = bbox.left;
  for (const [name, from, to] of data.faults) {
    if (plot.valToPos(to / SECOND, 'x', true) < bbox.left) continue;
    const left = Math.max(plot.valToPos(from / SECOND, 'x', true), free);
    if (left < bbox.left + bbox.width && left + ctx.measureText(name).width < bbox.left + bbox.width) {
      ctx.fillText(name, left, bbox.top - 3 * devicePixelRatio);
      free = left + ctx.measureText(name).width + 8 * devicePixelRatio;
    }
  }
  ctx.restore();
}

function placeMarker(plot) {
  const marker = plot.here;
  if (!marker) return;
  const at = shownAt === null ? null : shownAt / SECOND;
  const {min, max} = plot.scales.x;
  marker.hidden = at === null || at < min || at > max;
  if (!marker.hidden) marker.style.left = plot.valToPos(at, 'x') + 'px';
}

/** Of a logarithmic axis only the powers of ten. */
const powers = (plot, ticks) => ticks.map((tick) => (Number.isInteger(Math.round(Math.log10(tick) * 1e6) / 1e6) ? tick : null));

function axis(scale, words, side, grid, log = false) {
  const only = log ? {filter: powers} : {};
  return {
    scale, side, stroke: colour('--dim'), font: '10px system-ui, sans-serif', size: side === 1 ? 46 : 54,
    values: (plot, ticks) => ticks.map((tick) => (tick === null ? '' : words(tick))),
    grid: {show: grid, stroke: colour('--line'), width: 1, ...only}, ...only, ticks: {show: false}, gap: 4,
  };
}

function optionsOf(chart, columns, size) {
  const unit = UNITS[chart.u];
  const right = chart.l.some((line) => line[2] & ON_RIGHT);
  const log = chart.u === 1 && isWide(columns);
  const series = chart.l.map(([name, number, flags]) => {
    const stroke = colour('--k' + number);
    return {
      label: name, stroke, width: 1.5, dash: DASHES[number], spanGaps: false, show: !hidden.has(name),
      scale: flags & ON_RIGHT ? '%' : 'y', points: {show: false},
      fill: flags & FILLED ? stroke + '38' : undefined,
      value: (plot, value) => (value === null || value === undefined ? '\u2013'
        : flags & ON_RIGHT ? short(value) + ' %' : unit.words(value)),
    };
  });
  const axes = [
    {...axis('x', (value) => value.toLocaleString('en-US', {maximumFractionDigits: 3}) + ' s', 2, false), size: 26},
    axis('y', unit.words, 3, true, log),
  ];
  if (right) axes.push(axis('%', (value) => value + ' %', 1, false));
  return {
    ...size,
    scales: {
      x: {time: false, range: (plot, from, to) => (zoomed ? zoomed : [0, data.end / SECOND])},
      y: log ? {distr: 3, log: 10} : {range: (plot, from, to) => [0, chart.u === 3 ? Math.max(to, 100) : to > 0 ? to * 1.08 : 1]},
      '%': {range: [0, 100]},
    },
    series: [{label: 'at', value: (plot, value) => (value === null ? '\u2013' : instant(value * SECOND))}, ...series],
    axes,
    padding: [data.faults.length ? 18 : null, null, null, null],
    cursor: {sync: {key: 'run', setSeries: false}, drag: {x: true, y: false, setScale: false}, points: {size: 5}, y: false},
    legend: {live: true},
    hooks: {
      drawClear: [drawBands],
      setScale: [(plot, key) => key === 'x' && placeMarker(plot)],
      setSelect: [(plot) => {
        if (plot.select.width > 4) {
          const from = plot.posToVal(plot.select.left, 'x');
          zoom([from, plot.posToVal(plot.select.left + plot.select.width, 'x')]);
        }
        plot.setSelect({left: 0, top: 0, width: 0, height: 0}, false);
      }],
      ready: [(plot) => {
        plot.here = make('div', {class: 'here', hidden: ''});
        plot.over.append(plot.here);
        let down = 0;
        plot.over.addEventListener('mousedown', (event) => { down = event.clientX; });
        plot.over.addEventListener('click', (event) => {
          if (Math.abs(event.clientX - down) < 4) setTime(plot.posToVal(plot.cursor.left, 'x') * SECOND);
        });
        plot.over.addEventListener('dblclick', () => zoom(null));
        placeMarker(plot);
      }],
    },
  };
}

function draw(figure) {
  const chart = data.charts[Number(figure.dataset.chart)];
  const picture = find('.static', figure);
  const size = {width: Math.max(Math.floor(picture.clientWidth), 200), height: Math.max(Math.floor(picture.clientHeight) - 28, 130)};
  const positive = chart.u === 1;
  const columns = chart.l.map((line) => unrolled(line[3], line[2] & ON_RIGHT ? 0.01 : UNITS[chart.u].scale, positive));
  const times = columns[0].map((unused, i) => (i + 0.5) * chart.s / SECOND);
  const plot = new uPlot(optionsOf(chart, columns, size), [times, ...columns], figure);
  const label = find('svg', picture).getAttribute('aria-label');
  plot.ctx.canvas.setAttribute('role', 'img');
  plot.ctx.canvas.setAttribute('aria-label', label);
  figure.classList.add('live');
  drawn.set(figure, plot);
}

function zoom(range) {
  zoomed = range;
  for (const plot of drawn.values()) plot.setData(plot.data);
  findAll('.unzoom').forEach((button) => { button.disabled = !range; });
  if (range) announce('Zoomed to ' + short(range[0]) + ' to ' + short(range[1]) + ' s');
}

function showLines(name, isShown) {
  if (isShown) hidden.delete(name);
  else hidden.add(name);
  for (const plot of drawn.values()) {
    plot.series.forEach((line, i) => line.label === name && i > 0 && plot.setSeries(i, {show: isShown}, false));
  }
  findAll('.lines button').filter((button) => button.textContent === name)
    .forEach((button) => button.setAttribute('aria-pressed', String(isShown)));
}

function chartTools() {
  const known = new Set(data.charts.flatMap((chart) => chart.l.map(([name]) => name)));
  const names = ['p50', 'p90', 'p95', 'p99', 'max', 'before', 'after'].filter((name) => known.has(name)).map((name) => make('button', {
    type: 'button', class: 'button', 'aria-pressed': 'true', text: name,
    onclick: (event) => showLines(name, event.currentTarget.getAttribute('aria-pressed') !== 'true'),
  }));
  return make('div', {class: 'tools'},
    make('span', {class: 'lines', role: 'group', 'aria-label': 'Lines shown'}, 'Show ', ...names.flatMap((b) => [b, ' '])),
    make('button', {type: 'button', class: 'button unzoom', disabled: '', text: 'Whole run', onclick: () => zoom(null)}),
    make('span', {class: 'dim', text: 'Drag over a chart to zoom all of them, double-click for the whole run' + (data.replay ? ', click to replay that moment.' : '.')}));
}

function redrawAll() {
  for (const [figure, plot] of [...drawn]) {
    plot.destroy();
    drawn.delete(figure);
    figure.classList.remove('live');
    draw(figure);
  }
}

function startCharts() {
  const figures = findAll('figure[data-chart]');
  if (!figures.length) return;
  for (const id of ['clients', 'charts', 'calls']) {
    const first = find('#' + id + ' .charts');
    if (first) (first.closest('.svc') || find('h3', first.parentElement) || first).before(chartTools());
  }
  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting && !drawn.has(entry.target)) {
        near.unobserve(entry.target);
        draw(entry.target);
      }
    }
  }, {rootMargin: '300px'});
  figures.forEach((figure) => near.observe(figure));
  onTime(() => drawn.forEach(placeMarker));
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redrawAll);
  let width = innerWidth;
  let waiting = 0;
  addEventListener('resize', () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      if (innerWidth !== width) redrawAll();
      width = innerWidth;
    }, 200);
  });
}
