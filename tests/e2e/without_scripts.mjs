// The page where scripts, or scripts and style sheets, are forbidden: every figure is still there.
import {addressOf, check, equal, pageFile, run, served, withPage} from './harness.mjs';

// What Jenkins sends with the files that it publishes.
const JENKINS = {'Content-Security-Policy': "sandbox; default-src 'none'; img-src 'self'; style-src 'self'"};

/** Every figure holds drawings of some size whose shapes have colours that do not come from a style. */
async function seeFigures(page) {
  const figures = page.locator('figure');
  const count = await figures.count();
  check(count > 8, `only ${count} figures`);
  for (const figure of await figures.all()) {
    const drawing = figure.locator('svg').first();
    check(await drawing.isVisible(), `a figure is hidden: ${await figure.textContent()}`);
    const box = await drawing.boundingBox();
    check(box.width > 100 && box.height > 60, `a figure of ${box.width} x ${box.height}`);
    check((await drawing.locator('path, rect').count()) > 0, 'an empty figure');
  }
}

await run([
  ['with scripts off every figure and table is there', () => withPage(addressOf('shop.html'), async (page) => {
    await seeFigures(page);
    check((await page.locator('table').count()) > 6, 'tables are missing');
    equal(await page.locator('.replay').count(), 0, 'replays');
  }, {javaScriptEnabled: false})],

  ['links to sections work without scripts', () => withPage(addressOf('shop.html'), async (page) => {
    await page.locator('#map a').first().click();
    const id = decodeURIComponent(new URL(page.url()).hash.slice(1));
    check(id.startsWith('svc='), id);
    equal(await page.locator(`[id="${id}"]`).count(), 1, 'targets');
  }, {javaScriptEnabled: false})],

  ['below the policy of Jenkins every figure has its colours', () => served(pageFile('shop.html'), JENKINS,
    (address) => withPage(address, async (page) => {
      await seeFigures(page);
      // Neither script nor style sheet was allowed.
      equal(await page.evaluate(() => 1 + 1).catch(() => 'forbidden'), 2, 'the test itself');
      equal(await page.locator('.replay').count(), 0, 'replays');
      const margin = await page.locator('body').evaluate((body) => getComputedStyle(body).marginTop);
      equal(margin, '8px', 'the margin that a page without a style sheet has');
      const fill = await page.locator('#map .glyph').first().evaluate((glyph) => getComputedStyle(glyph).fill);
      check(fill !== 'rgb(0, 0, 0)', 'glyphs have no colour');
      check((await page.locator('h1').textContent()).includes('FAILED'), 'no verdict');
    }, {sandboxed: true}))],
]);
