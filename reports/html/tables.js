// --- tables: sort, filter, copy -------------------------------------------------------------------

/** What a cell sorts by: its key, the number that it begins with, or its text. */
function keyOf(cell) {
  const keyed = cell && find('data', cell);
  if (keyed) return Number(keyed.value);
  const text = cell ? cell.textContent.trim() : '';
  if (text === '-' || text === '') return -Infinity;
  const number = /^[+\u2212-]?[\d,]+(\.\d+)?/.exec(text);
  return number ? Number(number[0].replace(/,/g, '').replace('\u2212', '-')) : text;
}

function sortBy(table, column, head) {
  const descending = head.getAttribute('aria-sort') !== 'descending';
  findAll('th[aria-sort]', table).forEach((other) => other.removeAttribute('aria-sort'));
  head.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
  const rows = [...table.tBodies[0].rows].map((row) => [keyOf(row.cells[column]), row]);
  rows.sort(([l], [r]) => {
    const order = typeof l === 'number' && typeof r === 'number' ? l - r : String(l).localeCompare(String(r), 'en', {numeric: true});
    return descending ? -order : order;
  });
  table.tBodies[0].append(...rows.map(([, row]) => row));
}

/** A cell of CSV: quoted, and never a formula for the program that opens it. */
function field(text) {
  const plain = text.replace(/\s+/g, ' ').trim();
  const safe = /^[=+@\t]|^-[^\d]/.test(plain) && plain !== '-' ? "'" + plain : plain;
  return '"' + safe.replace(/"/g, '""') + '"';
}

function csvOf(table) {
  return findAll('tr', table).filter((row) => !row.hidden)
    .map((row) => [...row.cells].map((cell) => field(cell.textContent)).join(',')).join('\r\n') + '\r\n';
}

function enhance(table) {
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = make('button', {type: 'button'});
    button.append(...head.childNodes);
    button.addEventListener('click', () => sortBy(table, column, head));
    head.append(button);
  });
  const rows = [...table.tBodies[0].rows];
  const tools = make('div', {class: 'tools'});
  if (rows.length > 6) {
    const count = make('span', {class: 'dim'});
    const filter = make('input', {type: 'search', placeholder: 'Filter rows', 'aria-label': 'Filter rows of ' + table.dataset.name});
    filter.addEventListener('input', () => {
      const wanted = filter.value.toLowerCase();
      let shown = 0;
      for (const row of rows) {
        row.hidden = !row.textContent.toLowerCase().includes(wanted);
        shown += row.hidden ? 0 : 1;
      }
      count.textContent = wanted ? shown + ' of ' + rows.length : '';
    });
    tools.append(filter, count);
  }
  tools.append(make('button', {type: 'button', class: 'button', text: 'Copy as CSV', onclick: () => copy(csvOf(table))}));
  table.parentElement.before(tools);
}

function startTables() {
  findAll('table[data-name]').forEach(enhance);
  findAll('pre[data-copy]').forEach((block) => {
    block.after(make('div', {class: 'tools'},
      make('button', {type: 'button', class: 'button', text: 'Copy the command', onclick: () => copy(block.textContent)})));
  });
  const again = find('#again .facts');
  if (again && holder) {
    again.after(make('div', {class: 'tools'}, make('button', {
      type: 'button', class: 'button', text: 'Download the data of this page (JSON)',
      onclick: () => save((data.name || 'run').replace(/[^\w.-]+/g, '-').slice(0, 60) + '-' + data.seed + '.json', 'application/json', holder.textContent),
    })));
  }
}

startTables();
if (data) {
  startCharts();
  startReplay();
  startLanes();
}
follow();
document.documentElement.dataset.ready = 'yes';
