// The page of a run with its scripts: charts, replay, deep links, tables, downloads.
import {readFileSync} from 'node:fs';
import {addressOf, check, drawAll, equal, pageFile, run, withPage} from './harness.mjs';

const SHOP = addressOf('shop.html');

const clock = (page) => page.locator('.replay output');
const slider = (page) => page.locator('.replay input[type=range]');

async function moveTo(page, seconds) {
  await slider(page).evaluate((element, at) => {
    element.value = String(at * 1000);
    element.dispatchEvent(new Event('input', {bubbles: true}));
  }, seconds);
}

const stateOf = (page, node) => page.locator(`#map [data-n="${node}"] title`).textContent();

await run([
  ['a comparison draws both runs into each chart and rings what changed', () => withPage(addressOf('comparison.html'), async (page) => {
    await drawAll(page);
    const legend = await page.locator('#charts .u-legend').first().textContent();
    check(legend.includes('before') && legend.includes('after'), legend);
    check((await page.locator('#map .ring').count()) > 0, 'no ring in the topology');
    await page.locator('#map a').first().click();
    const id = decodeURIComponent(new URL(page.url()).hash.slice(1)).split('&')[0];
    equal(await page.locator(`[id="${id}"]`).count(), 1, 'targets of a link of the drawing');
  })],

  ['every drawing becomes a chart, and nothing is wrong on the console', () => withPage(SHOP, async (page) => {
    const figures = await page.locator('figure[data-chart]').count();
    check(figures > 5, `only ${figures} charts`);
    await drawAll(page);
    equal(await page.locator('.uplot').count(), figures, 'charts drawn');
  })],

  ['a cursor over one chart is a cursor over the others', () => withPage(SHOP, async (page) => {
    await drawAll(page);
    const charts = page.locator('#charts .u-over');
    await charts.first().scrollIntoViewIfNeeded();
    await charts.first().hover({position: {x: 100, y: 30}});
    await page.waitForFunction(() => {
      const cursors = [...document.querySelectorAll('#charts .u-cursor-x')];
      return cursors.length > 1 && cursors.slice(0, 2).every((line) => !line.classList.contains('u-off') && line.style.transform !== '');
    });
  })],

  ['dragging over a chart zooms all of them, and a button goes back', () => withPage(SHOP, async (page) => {
    await drawAll(page);
    const over = page.locator('#charts .u-over').first();
    await over.scrollIntoViewIfNeeded();
    const button = page.locator('#charts .unzoom').first();
    // Sections are laid out as they come into sight: a chart may move during the drag, which then misses it.
    for (let tries = 0; tries < 50 && await button.isDisabled(); ++tries) {
      await over.hover({position: {x: 40, y: 40}});  // Waits until the chart rests.
      const box = await over.boundingBox();
      await page.mouse.down();
      await page.mouse.move(box.x + 140, box.y + 40, {steps: 5});
      await page.mouse.up();
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    }
    equal(await button.isDisabled(), false, 'a way back from the zoom');
    await button.click();
    await page.waitForFunction(() => document.querySelector('#charts .unzoom').disabled);
  })],

  ['percentiles can be taken away from all charts', () => withPage(SHOP, async (page) => {
    const button = page.locator('#charts .lines button', {hasText: 'p90'});
    await button.click();
    equal(await button.getAttribute('aria-pressed'), 'false', 'pressed');
    equal(await page.locator('#clients .lines button, #calls .lines button', {hasText: 'p90'}).first().getAttribute('aria-pressed'),
      'false', 'pressed elsewhere');
  })],

  ['the slider replays the topology, and the whole run comes back unchanged', () => withPage(SHOP, async (page) => {
    const before = await page.locator('#map .scroll svg').evaluate((svg) => svg.outerHTML);
    equal(await clock(page).textContent(), 'whole run', 'clock');
    await moveTo(page, 75);
    equal(await clock(page).textContent(), '75.0 s', 'clock');
    equal(await slider(page).getAttribute('aria-valuetext'), '75.0 s', 'what a screen reader says');
    const during = await stateOf(page, 0);
    await moveTo(page, 20);
    const early = await stateOf(page, 0);
    check(during.includes('at 75.0 s: ') && early.includes('at 20.0 s: healthy'), `${early} / ${during}`);
    check(!during.includes('healthy'), `the fault does not show: ${during}`);
    await page.locator('.replay button', {hasText: 'Whole run'}).click();
    equal(await page.locator('#map .scroll svg').evaluate((svg) => svg.outerHTML), before, 'the drawing');
  })],

  ['the replay plays, pauses, and jumps from event to event by keys', () => withPage(SHOP, async (page) => {
    const play = page.locator('.replay button').first();
    await play.click();
    await page.waitForFunction(() => Number.parseFloat(document.querySelector('.replay output').textContent) > 0.5);
    await play.click();
    equal(await play.getAttribute('aria-pressed'), 'false', 'playing');
    await moveTo(page, 0);
    await slider(page).focus();
    await page.keyboard.press('.');
    const first = Number.parseFloat(await clock(page).textContent());
    check(first > 0, 'no event came');
    await page.keyboard.press(',');
    await page.keyboard.press('Escape');
    equal(await clock(page).textContent(), 'whole run', 'clock after Escape');
  })],

  ['an address leads to a service and a moment', () => withPage(SHOP + '#svc=payment&t=75', async (page) => {
    equal(await clock(page).textContent(), '75.0 s', 'clock');
    const section = page.locator('[id="svc=payment"]');
    await page.waitForFunction(() => {
      const box = document.getElementById('svc=payment').getBoundingClientRect();
      return box.top < innerHeight && box.bottom > 0;
    });
    check((await section.getAttribute('class')).includes('hit'), 'not marked');
    await moveTo(page, 80);
    await page.waitForFunction(() => location.hash === '#svc=payment&t=80');
  })],

  ['a moment of the story sets the replay', () => withPage(SHOP, async (page) => {
    const link = page.locator('#story .when').first();
    const words = await link.textContent();
    await link.click();
    await page.waitForFunction((wanted) => document.querySelector('.replay output').textContent === wanted, words);
  })],

  ['tables sort, filter and copy', () => withPage(SHOP, async (page) => {
    const table = page.locator('table[data-name="services"]');
    const column = table.locator('thead th', {hasText: 'Requests'}).first();
    await column.locator('button').click();
    equal(await column.getAttribute('aria-sort'), 'descending', 'order');
    const counts = await table.locator('tbody tr td:nth-child(3)').allTextContents();
    const numbers = counts.map((text) => Number(text.replace(/,/g, '')));
    check(numbers.every((value, i) => i === 0 || numbers[i - 1] >= value), `not in order: ${numbers}`);
    await page.locator('#services .tools button', {hasText: 'CSV'}).click();
    await page.waitForFunction(() => document.querySelector('[role=status]').textContent === 'Copied');
  })],

  ['the data can be saved, and is what the page shows', () => withPage(SHOP, async (page) => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('#again button', {hasText: 'Download'}).click(),
    ]);
    const saved = JSON.parse(readFileSync(await download.path(), 'utf8'));
    equal(saved.charts.length, await page.locator('figure[data-chart]').count(), 'charts');
    check(saved.replay.n.length > 0, 'no services');
  }, {acceptDownloads: true})],

  ['dark and light have colours of their own, also for charts that are there already', () => withPage(SHOP, async (page) => {
    await drawAll(page);
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await background();
    await page.emulateMedia({colorScheme: 'dark'});
    check(await background() !== light, 'the same background');
    await drawAll(page);
  })],

  ['paper gets the drawings, without the replay', () => withPage(SHOP, async (page) => {
    await drawAll(page);
    await page.emulateMedia({media: 'print'});
    check(await page.locator('figure.live .static').first().isVisible(), 'no drawing');
    check(!(await page.locator('.replay').isVisible()), 'the replay is there');
    check((await page.pdf()).length > 10_000, 'an empty document');
  })],

  ['a window as narrow as a telephone shows all of the replay, and only tables scroll', () => withPage(SHOP, async (page) => {
    equal(await page.evaluate(() => document.documentElement.scrollWidth), 420, 'width of the page');
    for (const button of await page.locator('.replay .button').all()) {
      const box = await button.boundingBox();
      check(box.x >= 0 && box.x + box.width <= 420, `${await button.textContent()} is outside`);
    }
  }, {viewport: {width: 420, height: 900}})],

  ['the names of faults stand above the lines of a chart', () => withPage(SHOP, async (page) => {
    const figure = page.locator('#charts figure[data-chart]').first();
    await figure.evaluate((element) => element.scrollIntoView({behavior: 'instant', block: 'center'}));
    await figure.locator('.uplot').waitFor({state: 'attached'});
    const [over, canvas] = [await figure.locator('.u-over').boundingBox(), await figure.locator('canvas').boundingBox()];
    check(over.y - canvas.y >= 12, 'no room above the plot');
  })],

  ['a thousand services stay below two megabytes and work', () => withPage(addressOf('thousand.html'), async (page) => {
    check(readFileSync(pageFile('thousand.html')).length <= 2_000_000, 'too large');
    await moveTo(page, 30);
    equal(await clock(page).textContent(), '30.0 s', 'clock');
    check((await page.locator('#left-out li').count()) > 1, 'it does not say what it leaves out');
  })],
]);
