// The attar command of this checkout, which `mvn package` has built.
import { execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './browser.js';

function command(args) {
  const target = join(ROOT, 'cli', 'target');
  const separator = process.platform === 'win32' ? ';' : ':';
  const path = [join(target, 'classes'), readFileSync(join(target, 'class-path.txt'), 'utf8').trim()].join(separator);
  return ['-Xmx512m', '-XX:TieredStopAtLevel=1', '-cp', path, 'io.attar.cli.Main', ...args];
}

/** Runs the command; what it wrote to standard output. */
export async function attar(...args) {
  return (await promisify(execFile)('java', command(args))).stdout;
}

/** Starts `attar demo` on a free port; its address, and how to end it. */
export async function attarServer(model, ...more) {
  const process = spawn('java', command(['demo', model, '--port', '0', ...more]), { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => process.once('exit', resolve));
  const url = await new Promise((resolve, reject) => {
    let text = '';
    process.stdout.on('data', (data) => {
      text += data;
      const found = /^(http:\S+)\s/m.exec(text);
      if (found) {
        resolve(found[1]);
      }
    });
    ended.then((code) => reject(new Error(`attar demo ended with ${code}`)));
  });
  return {
    url,
    close: () => {
      process.kill();
      return ended;
    },
  };
}
