// Pictures of the demo for the README: light, dark, and on a phone. Writes docs/images/demo-*.png; refuses one too large.
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attarServer } from './attar.js';
import { ROOT, launch, open } from './browser.js';

const MOST_BYTES = 150 * 1024;
const OUT = join(ROOT, 'docs', 'images');

const PICTURES = [
  { name: 'demo-light', colorScheme: 'light', viewport: { width: 1180, height: 900 } },
  { name: 'demo-dark', colorScheme: 'dark', viewport: { width: 1180, height: 900 } },
  { name: 'demo-phone', colorScheme: 'light', viewport: { width: 390, height: 844 }, deviceScaleFactor: 1.5 },
];

const folder = await mkdtemp(join(tmpdir(), 'attar-pictures-'));
const model = join(folder, 'tmall.attar');
await copyFile(join(ROOT, 'docs', 'results', 'tmall', 'student.attar'), model);
const server = await attarServer(model);
const browser = await launch('--hide-scrollbars');
try {
  await mkdir(OUT, { recursive: true });
  for (const { name, ...options } of PICTURES) {
    const { page, problems } = await open(await browser.newContext({ ...options, reducedMotion: 'reduce' }), server.url);
    await page.waitForSelector('html[data-ready]');
    await page.locator('#items button').nth(3).click();
    await page.locator('#list .pick').nth(4).click();
    await page.locator('#list .pick').nth(5).click();
    // Till the browser has compiled the engine's busy parts for speed, as after a minute's use.
    for (let i = 0; i < 60; i++) {
      await page.locator('#items button').nth(7).click();
      await page.locator('#undo').click();
    }
    const fresh = page.locator('#list > li', { has: page.locator('.badge:not(.seen)') }).first();
    await fresh.locator('.why').click();
    await page.evaluate(() => {
      document.activeElement.blur();
      scrollTo(0, 0);
    });
    const file = join(OUT, `${name}.png`);
    const picture = await page.screenshot();
    if (problems.length > 0 || picture.length > MOST_BYTES) {
      throw new Error(`${name}: ${picture.length} bytes, at most ${MOST_BYTES}; ${problems.join('; ')}`);
    }
    await writeFile(file, picture);
    console.log(file, picture.length);
    await page.context().close();
  }
} finally {
  await browser.close();
  await server.close();
  await rm(folder, { recursive: true });
}
