// How long headless Chromium takes for the pages of report_bench, best of five on a cold page: until
// the page is ready with what is in its window, and then for all of its charts, one after the other.
import {addressOf, drawAll, run, withPage} from '../../e2e/harness.mjs';

const ROUNDS = 5;

async function measure(name) {
  let best = {ready: Infinity, parsed: 0};
  let all = Infinity;
  let charts = 0;
  for (let i = 0; i < ROUNDS; ++i) {
    await withPage(addressOf(name), async (page) => {
      const [ready, parsed] = await page.evaluate(() => {
        const timing = performance.getEntriesByType('navigation')[0];
        return [timing.loadEventEnd - timing.startTime, timing.domInteractive - timing.startTime];
      });
      if (ready < best.ready) best = {ready, parsed};
      const begin = Date.now();
      await drawAll(page);
      all = Math.min(all, Date.now() - begin);
      charts = await page.locator('.uplot').count();
    });
  }
  console.log(`${name}: parsed in ${best.parsed.toFixed(0)} ms, ready in ${best.ready.toFixed(0)} ms; ` +
    `its ${charts} charts, one after the other by a remote hand, in ${all} ms`);
}

await run([['pages are drawn', async () => {
  for (const name of ['thirty.html', 'thousand.html']) await measure(name);
}]]);
