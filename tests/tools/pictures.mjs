// Takes the pictures of the pages anew, into SHAKETABLE_PICTURES (default scenarios/pictures). Not a
// test: a person looks at what comes out before it is committed. It needs these pages in
// SHAKETABLE_PAGES:
//
//     storm.html       shaketable run scenarios/checkout-retry-storm.yaml --html
//     thousand.html    shaketable run scenarios/thousand-services.yaml --html
//     comparison.html  shaketable compare scenarios/erp-cascade.yaml scenarios/erp-cascade-breaker.yaml --html
import path from 'node:path';

import {addressOf, pageFile, run, served, withPage} from '../e2e/harness.mjs';

const folder = path.resolve(process.env.SHAKETABLE_PICTURES ?? 'scenarios/pictures');
const JENKINS = {'Content-Security-Policy': "sandbox; default-src 'none'; img-src 'self'; style-src 'self'"};

/** Puts the section at the upper edge and waits until the charts in the window are drawn. */
async function show(page, section) {
  await page.evaluate((id) => {
    const target = document.getElementById(id);
    if (target) target.scrollIntoView({behavior: 'instant', block: 'start'});
    else scrollTo(0, 0);
  }, section);
  await page.waitForFunction(() => [...document.querySelectorAll('figure[data-chart]')].every((figure) => {
    const {top, bottom} = figure.getBoundingClientRect();
    return bottom < 0 || top > innerHeight || !figure.dataset.chart || figure.querySelector('.uplot') ||
      document.documentElement.dataset.ready !== 'yes';
  }));
}

const take = (page, name) => page.screenshot({path: path.join(folder, name + '.png')});
const window = (height, more = {}) => ({viewport: {width: 1280, height}, ...more});

await run([
  ['the replay of the topology', () => withPage(addressOf('storm.html') + '#t=44', async (page) => {
    await show(page, 'topology');
    await take(page, 'checkout-retry-storm');
  }, window(900))],

  ['the verdict', () => withPage(addressOf('storm.html'), async (page) => {
    await show(page, 'summary');
    await take(page, 'page-light');
  }, window(1000))],

  ['charts, dark', () => withPage(addressOf('storm.html') + '#t=44', async (page) => {
    await show(page, 'charts');
    await take(page, 'page-dark');
  }, window(900, {colorScheme: 'dark'}))],

  ['a thousand services', () => withPage(addressOf('thousand.html'), async (page) => {
    await show(page, 'topology');
    await take(page, 'page-thousand-services');
  }, window(1000))],

  ['two runs side by side', () => withPage(addressOf('comparison.html'), async (page) => {
    await show(page, 'topology');
    await take(page, 'page-comparison');
  }, window(1000))],

  ['neither scripts nor style sheets', () => served(pageFile('storm.html'), JENKINS,
    (address) => withPage(address, async (page) => {
      await show(page, 'topology');
      await take(page, 'page-without-scripts-and-styles');
    }, {viewport: {width: 1420, height: 1000}, sandboxed: true}))],
]);
