// What the end-to-end tests share: a browser, pages that report what they must not do, and the files
// that `e2e_pages` wrote. Nothing here waits for a time to pass: it asks until an answer is there.
//
// SHAKETABLE_E2E   the folder with node_modules (./dev test e2e fills it)
// SHAKETABLE_PAGES the folder with the pages
// Exit code 77 says that something is not installed; ctest calls that "skipped".
import {existsSync, readFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {createRequire} from 'node:module';
import path from 'node:path';
import {pathToFileURL} from 'node:url';

const PATIENCE = 150_000;  // Milliseconds, for machines that are very busy.
const BROWSERS = [process.env.SHAKETABLE_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'];

const modules = path.resolve(process.env.SHAKETABLE_E2E ?? 'build/e2e');
const pages = path.resolve(process.env.SHAKETABLE_PAGES ?? 'build/release/e2e');

function skip(what) {
  console.log(`skipped: ${what} is not installed; ./dev test e2e installs it`);
  process.exit(77);
}

const executablePath = BROWSERS.find((file) => file && existsSync(file));
if (!executablePath) skip('chromium');
if (!existsSync(path.join(modules, 'node_modules/playwright-core/package.json'))) skip('playwright-core');
const require = createRequire(path.join(modules, 'package.json'));
const {chromium} = require('playwright-core');
export const axeSource = () => readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export const pageFile = (name) => path.join(pages, name);
export const addressOf = (name) => pathToFileURL(pageFile(name)).href;

let browser = null;

/** Runs `tests`, a list of [sentence, function], one after the other; ends the process. */
export async function run(tests) {
  browser = await chromium.launch({
    executablePath, timeout: PATIENCE,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
  let failed = 0;
  const wanted = process.argv[2] ?? '';
  for (const [sentence, test] of tests) {
    if (!sentence.includes(wanted)) continue;
    try {
      await test();
      console.log(`ok      ${sentence}`);
    } catch (error) {
      ++failed;
      console.log(`FAILED  ${sentence}\n${error.stack}`);
    }
  }
  await browser.close();
  process.exit(failed ? 1 : 0);
}

/**
 * Opens a page, calls `use(page)`, and then insists that it said nothing on the console, broke no rule
 * of its Content-Security-Policy (Chromium says so on the console), threw nothing, opened no dialog, and
 * asked for no address but its own.
 */
export async function withPage(address, use, options = {}) {
  const context = await browser.newContext({viewport: {width: 1360, height: 900}, ...options});
  context.setDefaultTimeout(PATIENCE);
  const wrongs = [];
  context.on('request', (request) => {
    const url = request.url();
    if (url.split('#')[0] !== address.split('#')[0] && !url.startsWith('blob:')) wrongs.push(`asks for ${url}`);
  });
  const page = await context.newPage();
  page.on('console', (message) => wrongs.push(`console ${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => wrongs.push(`throws ${error.message}`));
  page.on('dialog', async (dialog) => {
    wrongs.push(`opens a dialog: ${dialog.message()}`);
    await dialog.dismiss();
  });
  try {
    await page.goto(address, {waitUntil: 'load'});
    if (options.javaScriptEnabled !== false && !options.sandboxed) {
      await page.waitForFunction(() => document.documentElement.dataset.ready === 'yes');
    }
    await use(page);
    if (!options.sandboxed && wrongs.length) throw new Error(`the page ${wrongs.join('\nthe page ')}`);
  } finally {
    await context.close();
  }
}

/** Serves one file on a free port with the given headers while `use(address)` runs. */
export async function served(file, headers, use) {
  const body = readFileSync(file);
  const server = createServer((request, response) => {
    if (request.url !== '/page.html') {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {'Content-Type': 'text/html; charset=utf-8', ...headers}).end(body);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  try {
    await use(`http://127.0.0.1:${server.address().port}/page.html`);
  } finally {
    server.closeAllConnections?.();
    server.close();
  }
}

export function check(condition, message) {
  if (!condition) throw new Error(message);
}

export function equal(got, wanted, what) {
  check(got === wanted, `${what}: got ${JSON.stringify(got)}, wanted ${JSON.stringify(wanted)}`);
}

/** Brings every chart into the window, so that it is drawn, and waits for it. */
export async function drawAll(page) {
  for (const figure of await page.locator('figure[data-chart]').all()) {
    await figure.evaluate((element) => {
      for (let box = element.closest('details'); box; box = box.parentElement.closest('details')) box.open = true;
      element.scrollIntoView({behavior: 'instant', block: 'center'});
    });
    await figure.locator('.uplot').waitFor({state: 'attached'});
  }
}
