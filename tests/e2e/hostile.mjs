// Names come from files that nobody trusts: they stay text, whatever they hold.
import {readdirSync} from 'node:fs';
import path from 'node:path';
import {addressOf, check, equal, pageFile, run, withPage} from './harness.mjs';

const files = readdirSync(path.dirname(pageFile('x'))).filter((name) => name.startsWith('hostile-')).sort();
check(files.length > 15, `only ${files.length} pages with hostile names`);

await run(files.map((name) => [`${name} stays text`, () => withPage(addressOf(name), async (page) => {
  equal(await page.locator('script').count(), 3, 'scripts');
  equal(await page.locator('img, iframe, object, embed, base, form, link').count(), 0, 'foreign elements');
  const text = await page.evaluate(() => document.documentElement.textContent);
  check(!/[\u202a-\u202e\u2066-\u2069\u200b-\u200f]/.test(text), 'marks that turn text around');
  const handlers = await page.evaluate(() => [...document.querySelectorAll('*')]
    .filter((element) => [...element.attributes].some((attribute) => attribute.name.startsWith('on') || attribute.name === 'style'))
    .filter((element) => !element.closest('.uplot')).length);
  equal(handlers, 0, 'handlers and styles in attributes');
  // The replay writes names again.
  await page.locator('.replay input[type=range]').evaluate((element) => {
    element.value = '75000';
    element.dispatchEvent(new Event('input', {bubbles: true}));
  });
  check((await page.locator('#map title').first().textContent()).includes('at 75.0 s'), 'no replay');
  check((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, 'the page is wider than its window');
})]));
