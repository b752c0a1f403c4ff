// Whether people can use the pages who do not see them, or who see other colours: axe-core's rules.
import {addressOf, axeSource, check, drawAll, run, withPage} from './harness.mjs';

async function findNothing(page) {
  await page.evaluate(axeSource());
  const found = await page.evaluate(async () => {
    const result = await window.axe.run(document, {resultTypes: ['violations']});
    return result.violations.filter((it) => it.impact === 'serious' || it.impact === 'critical')
      .map((it) => `${it.id}: ${it.help}\n  ` + it.nodes.slice(0, 4).map((node) => node.html.slice(0, 200) + '  ' + node.failureSummary).join('\n  '));
  });
  check(found.length === 0, found.join('\n'));
}

// The test's own script is not the page's: its policy is set aside.
const OPTIONS = {bypassCSP: true};
const cases = [];
for (const name of ['shop.html', 'index.html', 'comparison.html']) {
  for (const colorScheme of ['light', 'dark']) {
    cases.push([`axe finds nothing serious in ${name}, ${colorScheme}`, () => withPage(addressOf(name), async (page) => {
      await drawAll(page);
      await findNothing(page);
    }, {...OPTIONS, colorScheme})]);
  }
}
await run(cases);
