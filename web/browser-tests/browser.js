// What the browser tests share: the browser, and a server of files.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { extname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const PACKAGE = join(ROOT, 'web', 'target', 'package');
export const EXPECTED = join(ROOT, 'web', 'target', 'expected');

export const STRICT = "default-src 'none'; script-src 'self'; connect-src 'self'";
export const WITH_WASM = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/** Starts Chromium: CHROMIUM names it, else Debian's or what playwright finds as Chrome. */
export function launch(...more) {
  const named = process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);
  const args = [...more];
  if (process.getuid?.() === 0) {
    args.push('--no-sandbox'); // Chromium's sandbox refuses to run as root
  }
  return chromium.launch(named ? { executablePath: named, args } : { channel: 'chrome', args });
}

/**
 * Serves folders, the first that has the file, on a free port of this machine; `pages` are texts by path. Pages are
 * isolated from other origins, so that their clock is fine.
 */
export async function serve(folders, policy, pages = {}) {
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    const headers = {
      'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream',
      'Content-Security-Policy': policy,
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    };
    if (path in pages) {
      response.writeHead(200, headers).end(pages[path]);
      return;
    }
    for (const folder of folders) {
      const file = normalize(join(folder, path));
      if (file.startsWith(normalize(folder + sep)) && existsSync(file) && extname(file) !== '') {
        response.writeHead(200, headers).end(await readFile(file));
        return;
      }
    }
    response.writeHead(404).end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

/** A page that fails the test by what it writes to the console or throws; `problems` holds what it did. */
export async function open(context, url) {
  const page = await context.newPage();
  const problems = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) {
      problems.push(`${message.text()} (${message.location().url})`);
    }
  });
  await page.goto(url);
  return { page, problems };
}
