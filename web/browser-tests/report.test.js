// The page of `attar report`, opened from the disk as a reader would.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { attar } from './attar.js';
import { ROOT, launch, open } from './browser.js';

let browser;
let folder;
let file;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'attar-report-'));
  file = join(folder, 'page.html');
  await attar('report', join(ROOT, 'docs', 'results', 'tmall'), join(ROOT, 'docs', 'results', 'retailrocket'), '--out', file);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true });
});

/** Opens the page without a network, and checks that it asked for nothing and complained about nothing. */
async function read(act, options = {}) {
  const context = await browser.newContext({ offline: true, ...options });
  const asked = [];
  context.on('request', (request) => asked.push(request.url()));
  try {
    const { page, problems } = await open(context, pathToFileURL(file).href);
    await act(page);
    assert.deepEqual(problems, []);
    assert.deepEqual(asked, [pathToFileURL(file).href]);
  } finally {
    await context.close();
  }
}

test('the report shows its tables and pictures, and asks for nothing', () =>
  read(async (page) => {
    const headings = await page.locator('h2').allTextContents();
    for (const wanted of ['Training', 'Accuracy by clicks of the prefix', 'Use of the codewords', 'Where the bytes go']) {
      assert.equal(headings.filter((heading) => heading === wanted).length, 2, wanted);
    }
    const pictures = page.getByRole('img');
    assert.equal(await pictures.count(), (await readdir(join(folder, 'page-pictures'))).length);
    for (const picture of await pictures.all()) {
      assert.ok((await picture.boundingBox()).height > 100);
      assert.notEqual(await picture.locator('title').first().textContent(), '');
    }
    assert.equal(await page.getByRole('cell', { name: 'session kNN', exact: true }).first().isVisible(), true);
  }));

test('each picture’s numbers open by keyboard', () =>
  read(async (page) => {
    const summary = page.locator('summary').first();
    const table = page.locator('details').first().locator('table');
    assert.equal(await table.isVisible(), false);
    await summary.focus();
    await page.keyboard.press('Enter');
    assert.equal(await table.isVisible(), true);
  }));

for (const colorScheme of ['light', 'dark']) {
  test(`the report fits a phone, ${colorScheme}`, () =>
    read(
      async (page) => {
        const [width, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        assert.ok(width <= room, `${width} pixels on a screen of ${room}`);
        const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        assert.equal(ground === 'rgb(255, 255, 255)', colorScheme === 'light');
      },
      { viewport: { width: 360, height: 800 }, colorScheme },
    ));
}
