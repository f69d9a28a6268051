// The demo page, served by `attar demo` and as plain files, driven as a visitor would.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attar, attarServer } from './attar.js';
import { ROOT, STRICT, launch, open, serve } from './browser.js';

const MODEL = join(ROOT, 'docs', 'results', 'tmall-small', 'student.attar');
const OTHER = join(ROOT, 'runtime', 'src', 'test', 'resources', 'golden', 'version-3-self-attention-codes-dense-rows-biases.attar');
const DENSE = join(ROOT, 'runtime', 'src', 'test', 'resources', 'golden', 'version-3-dense-biases.attar');

let browser;
let server;
let folder;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'attar-demo-'));
  browser = await launch();
  server = await attarServer(MODEL);
});

after(async () => {
  await browser?.close();
  await server?.close();
  await rm(folder, { recursive: true });
});

/** Opens the page, lets the visitor act, and checks that the console stayed empty. */
async function visit(act, { url = server.url, ...options } = {}) {
  const context = await browser.newContext(options);
  try {
    const { page, problems } = await open(context, url);
    await page.waitForSelector('html[data-ready]');
    await act(page, context);
    assert.deepEqual(problems, []);
  } finally {
    await context.close();
  }
}

const titles = (page, where) => page.locator(`${where} .title`).allTextContents();
const ranked = (page) => titles(page, '#list .pick');
const clicked = (page) => titles(page, '#strip');
const sent = (page) => page.locator('#sent').textContent();

/** Drops a file onto the page. */
async function drop(page, name, bytes) {
  const transfer = await page.evaluateHandle(
    ([file, content]) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(atob(content), (c) => c.charCodeAt(0))], file));
      return data;
    },
    [name, bytes.toString('base64')],
  );
  await page.dispatchEvent('body', 'dragover', { dataTransfer: transfer });
  assert.ok(await page.locator('#drop').isVisible());
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
  assert.ok(await page.locator('#drop').isHidden());
}

test('clicks change the list at once, and undo takes them back', () =>
  visit(async (page) => {
    assert.match(await page.locator('#model').textContent(), /student\.attar · 40,727 items/);
    assert.equal(await page.locator('#runtime-note').textContent(), 'WebAssembly');
    const popular = await ranked(page);
    assert.equal(popular.length, 20);
    assert.ok(await page.locator('#undo').isDisabled());

    const first = page.locator('#items button').nth(5);
    const name = await first.locator('.title').textContent();
    await first.click();
    assert.deepEqual(await clicked(page), [name]);
    const afterOne = await ranked(page);
    assert.notDeepEqual(afterOne, popular);
    assert.match(await page.locator('#said').textContent(), new RegExp(`Clicked ${name}\\. First now: ${afterOne[0]}\\.`));
    assert.match(await page.locator('#latency').textContent(), /^[\d,.]+ (µs|ms)$/);

    await page.locator('#list .pick').nth(3).click();
    assert.deepEqual(await clicked(page), [name, afterOne[3]]);
    const afterTwo = await ranked(page);
    await page.locator('#list .pick').nth(2).click();
    await page.locator('#undo').click();
    assert.deepEqual(await ranked(page), afterTwo);
    await page.locator('#strip button').nth(1).click();
    assert.deepEqual(await ranked(page), afterOne);
    await page.locator('#restart').click();
    assert.deepEqual(await ranked(page), popular);
    assert.deepEqual(await clicked(page), []);
    assert.equal(await sent(page), '0');
  }));

test('the list is the Java runtime’s', async () => {
  await visit(async (page) => {
    const ids = [];
    for (const place of [0, 9, 4]) {
      const button = page.locator('#items button').nth(place);
      ids.push((await button.locator('.title').textContent()).replace('Item ', ''));
      await button.click();
    }
    const lines = (await attar('recommend', MODEL, ...ids, '--count', '20')).trim().split('\n');
    assert.deepEqual(await ranked(page), lines.map((line) => `Item ${line.split('\t')[1]}`));
    await page.locator('#unseen').check();
    const unseen = (await attar('recommend', MODEL, ...ids, '--count', '20', '--unseen')).trim().split('\n');
    assert.deepEqual(await ranked(page), unseen.map((line) => `Item ${line.split('\t')[1]}`));
  });
});

test('the search finds by id, and shows more on demand', () =>
  visit(async (page) => {
    assert.match(await page.locator('#found').textContent(), /^40,727 items, popular first$/);
    const before = await page.locator('#items button').count();
    await page.locator('#more').click();
    assert.equal(await page.locator('#items button').count(), 2 * before);
    await page.locator('#search').fill('24964');
    assert.deepEqual(await titles(page, '#items'), ['Item 24964']);
    assert.equal(await page.locator('#found').textContent(), '1 item found');
    assert.ok(await page.locator('#more').isHidden());
    await page.locator('#search').fill('no such item');
    assert.equal(await page.locator('#found').textContent(), '0 items found');
  }));

test('an explanation adds up and names the codes', () =>
  visit(async (page) => {
    await page.locator('#items button').nth(1).click();
    await page.locator('#items button').nth(2).click();
    const why = page.locator('#list .why').nth(4);
    assert.equal(await why.getAttribute('aria-expanded'), 'false');
    await why.click();
    assert.equal(await page.locator('#list .why').nth(4).getAttribute('aria-expanded'), 'true');
    const number = (text) => Number(text.replace('−', '-').replace('+', ''));
    const values = (await page.locator('.explanation tbody td:last-child').allTextContents()).map(number);
    const score = number(await page.locator('.explanation tfoot td:last-child').textContent());
    assert.ok(values.length >= 2);
    assert.ok(Math.abs(values.reduce((a, b) => a + b, 0) - score) <= 0.01 * values.length + 0.005);
    assert.equal(await page.locator('.codes li').count(), 4);
    await page.locator('#list .why').nth(4).click();
    assert.equal(await page.locator('.explanation').count(), 0);
  }));

test('another model takes over by drop and by choice; a broken one does not', () =>
  visit(async (page) => {
    await page.locator('#items button').first().click();
    const before = await ranked(page);
    const whole = await readFile(MODEL);
    const broken = Buffer.from(whole);
    broken[5_000] ^= 1;
    for (const [name, bytes] of [['broken.attar', broken], ['half.attar', whole.subarray(0, 1_000)], ['text.attar', Buffer.from('text')], ['empty.attar', Buffer.alloc(0)]]) {
      await drop(page, name, bytes);
      await page.waitForFunction((file) => document.getElementById('problem').textContent.startsWith(file), name);
      assert.ok(await page.getByRole('alert').isVisible());
      assert.match(await page.locator('#problem').textContent(), /model file, \w+, byte \d+: .*student\.attar .* stays open\./);
      assert.deepEqual(await ranked(page), before);
    }
    await page.locator('#list .pick').nth(1).click();
    assert.notDeepEqual(await ranked(page), before);

    await drop(page, 'other.attar', await readFile(OTHER));
    await page.waitForFunction(() => document.getElementById('model').textContent.startsWith('other.attar'));
    assert.ok(await page.locator('#problem').isHidden());
    assert.deepEqual(await clicked(page), []);
    await page.locator('#items button').first().click();
    assert.ok((await ranked(page)).length > 0);

    await page.locator('#file').setInputFiles(DENSE);
    await page.waitForFunction(() => document.getElementById('model').textContent.startsWith('version-3-dense'));
    await page.locator('#items button').first().click();
    await page.locator('#list .why').first().click();
    assert.equal(await page.locator('.codes').count(), 0);
    assert.ok((await page.locator('.explanation tbody tr').count()) > 0);
    assert.equal(await sent(page), '0');
  }));

test('it goes on without the network', async () => {
  const own = await attarServer(MODEL);
  await visit(
    async (page, context) => {
      await own.close();
      await context.setOffline(true);
      await page.locator('#items button').nth(2).click();
      await page.locator('#list .pick').nth(7).click();
      await page.locator('#list .why').nth(0).click();
      await page.locator('#search').fill('12');
      await page.locator('#items button').nth(0).click();
      assert.equal((await clicked(page)).length, 3);
      await drop(page, 'other.attar', await readFile(OTHER));
      await page.waitForFunction(() => document.getElementById('model').textContent.startsWith('other.attar'));
      assert.equal(await sent(page), '0');
    },
    { url: own.url },
  );
});

test('what is sent is counted', () =>
  visit(async (page) => {
    assert.equal(await sent(page), '0');
    await page.evaluate(() => fetch('demo.json').then((answer) => answer.text()));
    await page.waitForFunction(() => document.getElementById('sent').textContent === '1');
    await page.evaluate(() => fetch('icon.svg').then((answer) => answer.text()));
    await page.waitForFunction(() => document.getElementById('sent').textContent === '2');
  }));

test('the keyboard reaches and does everything', () =>
  visit(async (page) => {
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab'); // hide what was seen
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.className), 'pick');
    await page.keyboard.press('Enter');
    assert.equal((await clicked(page)).length, 1);
    // The focus has stayed in the list.
    assert.equal(await page.evaluate(() => document.activeElement.className), 'pick');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    assert.equal(await page.locator('.explanation').count(), 1);
    assert.equal(await page.evaluate(() => document.activeElement.className), 'why');
    await page.keyboard.press('/');
    await page.keyboard.type('24964');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    assert.deepEqual((await clicked(page)).slice(1), ['Item 24964']);
    const names = await page.evaluate(() => [...document.querySelectorAll('button, input:not([hidden])')].filter((e) => e.getClientRects().length > 0 && !(e.textContent.trim() || e.getAttribute('aria-label') || e.labels?.length)).length);
    assert.equal(names, 0, 'a control without a name');
    assert.equal(await page.locator('[role=status][aria-live=polite]').count(), 1);
  }));

test('a phone’s width is enough, in light and in dark', async () => {
  for (const colorScheme of ['light', 'dark']) {
    await visit(
      async (page) => {
        await page.locator('#items button').nth(1).click();
        await page.locator('#list .why').nth(2).click();
        await page.locator('#inside summary').click();
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
        const [paper, ink] = await page.evaluate(() => {
          const { backgroundColor, color } = getComputedStyle(document.body);
          return [backgroundColor, color].map((rgb) => rgb.match(/\d+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0));
        });
        assert.equal(paper > ink, colorScheme === 'light');
      },
      { viewport: { width: 360, height: 740 }, colorScheme },
    );
  }
});

test('plain files do as well, with titles, also where WebAssembly is forbidden', async () => {
  const csv = join(folder, 'titles.csv');
  await writeFile(csv, 'title,id\r\n"Rose, ""old""",24964\r\nJasmine,17377\r\n');
  const site = join(folder, 'site');
  await attar('demo', MODEL, '--titles', csv, '--static', site);
  for (const [policy, engine] of [["default-src 'self'; script-src 'self' 'wasm-unsafe-eval'", 'WebAssembly'], [`${STRICT}; style-src 'self'; img-src 'self'`, 'JavaScript']]) {
    const host = await serve([site], policy);
    await visit(
      async (page) => {
        assert.equal(await page.locator('#runtime-note').textContent(), engine);
        await page.locator('#search').fill('rose');
        assert.deepEqual(await titles(page, '#items'), ['Rose, "old"']);
        await page.locator('#items button').click();
        assert.ok((await ranked(page)).includes('Rose, "old"'));
        assert.equal(await sent(page), '0');
      },
      { url: `${host.url}/index.html` },
    ).finally(() => host.close());
  }
});

test('titles may be dropped; foreign ones are refused', () =>
  visit(async (page) => {
    await drop(page, 'foreign.csv', Buffer.from('id,title\nx,Nothing\n'));
    await page.waitForFunction(() => document.getElementById('problem').textContent.startsWith('foreign.csv'));
    await drop(page, 'titles.csv', Buffer.from('24964,Rose\n'));
    await page.waitForFunction(() => document.getElementById('said').textContent.startsWith('Titles of 1'));
    await page.locator('#search').fill('rose');
    assert.deepEqual(await titles(page, '#items'), ['Rose']);
  }));

test('the file’s inside is shown', () =>
  visit(async (page) => {
    await page.locator('#inside summary').click();
    const tags = await page.locator('#sections tbody th').allTextContents();
    assert.ok(['PROV', 'MODL', 'ITEM', 'CODE', 'BOOK', 'frame'].every((tag) => tags.includes(tag)));
    const sizes = (await page.locator('#sections tbody td:nth-child(3)').allTextContents()).map((text) => Number(text.replaceAll(',', '')));
    assert.equal(sizes.reduce((a, b) => a + b, 0), (await readFile(MODEL)).length);
    assert.ok(JSON.parse(await page.locator('#provenance').textContent()));
  }));
