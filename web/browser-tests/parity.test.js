// The package in the browser against the Java virtual machine, whose answers ExpectedAnswersTest wrote down.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EXPECTED, PACKAGE, ROOT, STRICT, WITH_WASM, launch, open, serve } from './browser.js';

const HERE = join(ROOT, 'web', 'browser-tests');

/** Scores of the JavaScript engine are rounded later than a single: relative to the largest of the list. */
const ROUNDING = 1e-5;

const PAGE = { '/empty.html': '<!doctype html><title>empty</title>' };

let browser;
let models;
let damaged;

before(async () => {
  browser = await launch();
  models = JSON.parse(await readFile(join(EXPECTED, 'answers.json'), 'utf8'));
  damaged = JSON.parse(await readFile(join(EXPECTED, 'damaged.json'), 'utf8'));
});

after(() => browser?.close());

/** Runs a function in an empty page under a policy. */
async function inPage(policy, action, ...values) {
  const server = await serve([PACKAGE, HERE, ROOT], policy, PAGE);
  const context = await browser.newContext();
  try {
    const { page, problems } = await open(context, `${server.url}/empty.html`);
    const result = await page.evaluate(action, values);
    assert.deepEqual(problems, []);
    return result;
  } finally {
    await context.close();
    server.close();
  }
}

/** Asks a model 1,000 questions in the page. */
async function answers([file, engine, count]) {
  const { Recommender } = await import('/index.js');
  const { ask } = await import('/questions.js');
  const bytes = await (await fetch(`/web/${file}`.replace('/web/../', '/'))).arrayBuffer();
  const shop = await Recommender.open(bytes, { engine });
  return { engine: shop.engine, items: shop.itemCount, provenance: shop.provenance, answers: ask(shop, count) };
}

test('WebAssembly answers as the Java virtual machine, to the last bit', async () => {
  assert.ok(models.length > 10);
  for (const model of models) {
    const count = model.checksums.length;
    assert.equal(count, 1000);
    const got = await inPage(WITH_WASM, answers, model.file, 'auto', count);
    assert.equal(got.engine, 'wasm');
    assert.equal(got.items, model.items);
    assert.equal(got.provenance, model.provenance);
    const different = got.answers.findIndex(({ checksum }, i) => checksum !== model.checksums[i]);
    assert.equal(different, -1, `${model.file}: question ${different} is answered differently`);
  }
});

test('JavaScript answers as the Java virtual machine but for rounding', async () => {
  for (const model of models) {
    const count = model.items > 1000 ? 20 : 100;
    const got = await inPage(STRICT, answers, model.file, 'javascript', count);
    assert.equal(got.engine, 'javascript');
    assert.equal(got.provenance, model.provenance);
    for (let i = 0; i < count; i++) {
      const scores = model.scores[i];
      const tolerance = ROUNDING * Math.max(1, ...scores.map(Math.abs));
      assert.equal(got.answers[i].scores.length, scores.length);
      got.answers[i].scores.forEach((score, rank) => {
        const where = `${model.file}, question ${i}, rank ${rank}`;
        assert.ok(Math.abs(score - scores[rank]) <= tolerance, `${where}: ${score}, not ${scores[rank]}`);
        if (got.answers[i].items[rank] !== model.ranked[i][rank]) {
          // Another item only where scores nearly tie with a neighbour's or the list ends.
          const near = [rank - 1, rank + 1].some((r) => Math.abs(scores[r] - scores[rank]) <= 2 * tolerance);
          assert.ok(near || rank === scores.length - 1, `${where}: another item`);
        }
      });
    }
  }
});

test('a page whose policy forbids WebAssembly gets JavaScript', async () => {
  const server = await serve([PACKAGE], STRICT, PAGE);
  const context = await browser.newContext();
  const { page } = await open(context, `${server.url}/empty.html`);
  const file = await readFile(join(ROOT, 'web', models[0].file));
  const engine = await page.evaluate(async (bytes) => {
    const { Recommender } = await import('/index.js');
    return (await Recommender.open(Uint8Array.from(bytes))).engine;
  }, [...file]);
  assert.equal(engine, 'javascript');
  await context.close();
  server.close();
});

for (const engine of ['wasm', 'javascript']) {
  test(`damaged files have the same message as in Java (${engine})`, async () => {
    const messages = await inPage(
      WITH_WASM,
      async ([files, kind]) => {
        const { ModelFileError, Recommender } = await import('/index.js');
        const found = [];
        for (const file of files) {
          try {
            await Recommender.open(Uint8Array.from(atob(file), (c) => c.charCodeAt(0)), { engine: kind });
            found.push('');
          } catch (problem) {
            found.push(problem instanceof ModelFileError ? problem.message : `unexpected: ${problem}`);
          }
        }
        return found;
      },
      damaged.map(({ bytes }) => bytes),
      engine,
    );
    assert.equal(messages.length, damaged.length);
    messages.forEach((message, i) => {
      // A number in a message may be written another way.
      const same = (text) => text.replace(/-?\d[\d.eE+-]*/g, (number) => String(Number.parseFloat(number)));
      assert.equal(same(message), same(damaged[i].message), `damaged file ${i}`);
    });
  });

  test(`the face refuses what Java refuses (${engine})`, async () => {
    const said = await inPage(
      WITH_WASM,
      async ([path, kind]) => {
        const { ItemSet, ModelFile, Recommender } = await import('/index.js');
        const bytes = await (await fetch(path)).arrayBuffer();
        const shop = await Recommender.open(bytes, { engine: kind });
        const other = await Recommender.open(bytes, { engine: kind });
        const file = await ModelFile.read(new Uint8Array(bytes), { engine: kind });
        const visit = shop.newSession();
        const refused = {};
        const attempts = {
          top0: () => visit.top(0),
          topHalf: () => visit.top(1.5),
          topNothing: () => visit.top(undefined),
          rankingWithoutCount: () => visit.top({ unseen: true }),
          atLeastNaN: () => visit.top({ count: 1, atLeast: NaN }),
          setOfAnother: () => visit.top({ count: 1, only: other.newItemSet() }),
          noSet: () => visit.top({ count: 1, without: [] }),
          itemId: () => shop.itemId(shop.itemCount),
          explainIndex: () => visit.explainIndex(-1),
          popularItem: () => shop.popularItem(shop.popularCount),
        };
        for (const [name, attempt] of Object.entries(attempts)) {
          try {
            attempt();
            refused[name] = 'nothing';
          } catch (problem) {
            refused[name] = problem.name;
          }
        }
        for (const [name, argument] of Object.entries({ text: 'text', none: undefined, numbers: [1, 2] })) {
          await Recommender.open(argument, { engine: kind }).catch((problem) => (refused[name] = problem.name));
        }
        await Recommender.open(bytes, { engine: 'java' }).catch((problem) => (refused.engine = problem.name));
        const id = shop.itemId(3);
        const set = shop.newItemSet([id, 'no such item', id]);
        return {
          refused,
          unknown: [visit.click('no such item'), visit.click(null), visit.clickIndex(-1), visit.clickIndex(0.5), visit.length],
          clicked: [visit.click(id), visit.length, visit.top(1e12).length === shop.itemCount, visit.scores().length],
          best: visit.scores()[visit.top(1)[0].itemIndex] === visit.top(1)[0].score,
          explained: [visit.explain('no such item'), visit.explain(id).itemId === id],
          set: [set instanceof ItemSet, set.size, set.contains(id), set.remove(id), set.remove(id), set.size],
          restored: [visit.restore(new Uint8Array(7)), visit.restore(visit.save()), visit.length],
          cleared: [visit.clear(), visit.length],
          file: [file.version, file.codebookCount, file.sections.map(({ tag }) => tag).join(' ')],
          covers: file.sections.at(-1).offset + file.sections.at(-1).length === bytes.byteLength,
          codes: [file.codes(0).length, file.codes(0).every((code) => code < file.codewordCount), file.codes(-1)],
        };
      },
      '/runtime/src/test/resources/golden/version-3-codes-repeat-network.attar',
      engine,
    );
    assert.deepEqual(said.refused, {
      top0: 'RangeError',
      topHalf: 'RangeError',
      topNothing: 'RangeError',
      rankingWithoutCount: 'RangeError',
      atLeastNaN: 'RangeError',
      setOfAnother: 'TypeError',
      noSet: 'TypeError',
      itemId: 'RangeError',
      explainIndex: 'RangeError',
      popularItem: 'RangeError',
      text: 'TypeError',
      none: 'TypeError',
      numbers: 'TypeError',
      engine: 'RangeError',
    });
    assert.deepEqual(said.unknown, [false, false, false, false, 0]);
    assert.equal(said.clicked[0], true);
    assert.equal(said.clicked[1], 1);
    assert.equal(said.clicked[2], true);
    assert.ok(said.best);
    assert.deepEqual(said.explained, [null, true]);
    assert.deepEqual(said.set, [true, 1, true, true, false, 0]);
    assert.deepEqual(said.restored, [false, true, 1]);
    assert.equal(said.cleared[1], 0);
    assert.equal(said.file[0], 3);
    assert.match(said.file[2], /PROV MODL/);
    assert.ok(said.covers);
    assert.equal(said.codes[0], said.file[1]);
    assert.equal(said.codes[1], true);
    assert.equal(said.codes[2], null);
  });
}
