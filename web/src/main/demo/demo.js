// The page: a model, a session, and what is drawn of them.
import { ModelFile, Recommender } from './runtime/index.js';
import { explain } from './explanation.js';
import { bytes, element, number, readTitles, shape, tile } from './parts.js';

const RECOMMENDATIONS = 20;
const PAGE = 48;

const SECTIONS = {
  PROV: 'provenance',
  MODL: 'kinds and sizes',
  ITEM: 'item ids',
  POPL: 'popular items',
  DENS: 'item vectors',
  CODE: 'codes',
  BOOK: 'codebooks',
  ENCO: 'encoder',
  RPTH: 'repeat head',
  RNET: 'repeat network',
  BIAS: 'item biases',
};

const at = (id) => document.getElementById(id);

let shop = null;
let file = null;
let visit = null;
let titles = new Map();
let clicks = []; // item ids, oldest first
let ranked = [];
let opened = null; // the item whose explanation is open
let catalogue = []; // item ids that the search finds
let shown = PAGE;
let times = []; // milliseconds of the latest clicks
let requests = 0; // since the page was loaded

const title = (id) => titles.get(id) ?? (/^\d+$/.test(id) ? `Item ${id}` : id);
const codes = (id) => (file.codebookCount === 0 ? null : file.codes(shop.itemIndex(id)));
const picture = (id) => tile(codes(id), file.codewordCount, id);

/** Opens a model in place of the one there, which stays when this one is broken. */
async function openModel(name, content) {
  const nextFile = await ModelFile.read(content);
  const next = await Recommender.open(content);
  nextFile.codes(0); // so that what is wrong with them is said now
  shop = next;
  file = nextFile;
  visit = shop.newSession();
  clicks = [];
  opened = null;
  times = [];
  at('problem').hidden = true;
  at('search').value = '';
  at('model').textContent = `${name} · ${number(shop.itemCount)} items`;
  at('bytes').textContent = bytes(content.byteLength);
  at('bytes-note').textContent = `${number(content.byteLength / shop.itemCount, 1)} bytes an item`;
  at('runtime-note').textContent = shop.engine === 'wasm' ? 'WebAssembly' : 'JavaScript';
  drawInside(content.byteLength);
  find();
  recommend();
}

/** Ranks, with the clock on the click as well where there was one. */
function recommend(act = () => {}) {
  const start = performance.now();
  act();
  ranked = at('unseen').checked && clicks.length > 0 ? visit.topUnseen(RECOMMENDATIONS) : visit.top(RECOMMENDATIONS);
  times.push(performance.now() - start);
  times = times.slice(-50);
  drawFigures();
  drawStrip();
  drawList();
}

function click(id) {
  clicks.push(id);
  opened = null;
  recommend(() => visit.click(id));
  say(`Clicked ${title(id)}. First now: ${ranked.length > 0 ? title(ranked[0].itemId) : 'nothing'}.`);
}

/** Takes one click out: the session is clicked anew without it. */
function takeOut(place) {
  const [id] = clicks.splice(place, 1);
  opened = null;
  recommend(() => {
    visit.clear();
    clicks.forEach((kept) => visit.click(kept));
  });
  say(`Took back ${title(id)}. ${clicks.length === 0 ? 'The session is empty.' : ''}`);
}

function say(words) {
  at('said').textContent = words;
}

function drawFigures() {
  const fine = globalThis.crossOriginIsolated;
  const sorted = [...times].sort((a, b) => a - b);
  const time = (ms) => (fine && ms < 1 ? `${number(ms * 1000)} µs` : ms < 0.1 ? '< 0.1 ms' : `${number(ms, 1)} ms`);
  at('latency').textContent = time(times[times.length - 1]);
  at('latency-note').textContent =
    times.length > 1 ? `median of ${times.length}: ${time(sorted[sorted.length >> 1])}` : 'all items scored here';
}

function drawStrip() {
  at('undo').disabled = clicks.length === 0;
  at('restart').disabled = clicks.length === 0;
  const strip = at('strip');
  if (clicks.length === 0) {
    strip.replaceChildren(element('li', { class: 'empty', text: 'Nothing yet. Click an item: the list answers at once.' }));
    return;
  }
  strip.replaceChildren(
    ...clicks.map((id, place) =>
      element('li', {}, [
        element('button', { type: 'button', 'aria-label': `Take back click ${place + 1}, ${title(id)}`, click: () => takeBack(place) }, [
          picture(id),
          element('span', { class: 'title', text: title(id) }),
        ]),
      ]),
    ),
  );
  strip.scrollLeft = strip.scrollWidth;
}

function takeBack(place) {
  takeOut(place);
  const left = at('strip').querySelectorAll('button');
  (left[Math.min(place, left.length - 1)] ?? at('search')).focus();
}

function drawList() {
  at('recommendations-title').textContent = clicks.length === 0 ? 'Popular now' : 'What comes next';
  const scores = ranked.map(({ score }) => score);
  const low = Math.min(...scores);
  const span = Math.max(...scores) - low || 1;
  at('list').replaceChildren(
    ...ranked.map(({ itemId, score }, rank) => {
      const times = clicks.filter((id) => id === itemId).length;
      const open = opened === itemId;
      return element('li', {}, [
        element('div', { class: 'row' }, [
          element('button', { type: 'button', class: 'pick', click: () => pick(rank) }, [
            element('span', { class: 'rank', text: String(rank + 1) }),
            picture(itemId),
            element('span', { class: 'title', text: title(itemId) }),
            ...badge(times),
            shape('svg', { class: 'score', viewBox: '0 0 100 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, [
              shape('rect', { width: 8 + (92 * (score - low)) / span, height: 10 }),
            ]),
          ]),
          element('button', {
            type: 'button',
            class: 'why',
            text: 'Why?',
            'aria-label': `Why ${title(itemId)}?`,
            'aria-expanded': String(open),
            click: () => toggle(rank),
          }),
        ]),
        ...(open ? [explain(visit.explain(itemId), times > 0, title, codes)] : []),
      ]);
    }),
  );
}

function badge(times) {
  if (clicks.length === 0) {
    return [];
  }
  return [
    times === 0
      ? element('span', { class: 'badge', text: 'new' })
      : element('span', { class: 'badge seen', text: times === 1 ? 'seen' : `seen ${times}×` }),
  ];
}

/** The focus stays at its place in the list, whatever now stands there. */
function pick(rank) {
  click(ranked[rank].itemId);
  at('list').querySelectorAll('.pick')[Math.min(rank, ranked.length - 1)]?.focus({ preventScroll: true });
}

function toggle(rank) {
  const { itemId } = ranked[rank];
  opened = opened === itemId ? null : itemId;
  drawList();
  at('list').querySelectorAll('.why')[rank].focus({ preventScroll: true });
}

/** The items whose id or title holds all the words, in the order of the file; without words the popular ones first. */
function find() {
  const words = at('search').value.toLowerCase().split(/\s+/).filter(Boolean);
  shown = PAGE;
  const ids = [];
  const popular = new Set();
  for (let rank = 0; rank < shop.popularCount; rank++) {
    popular.add(shop.popularItem(rank));
  }
  const order = [...popular];
  for (let item = 0; item < shop.itemCount; item++) {
    if (!popular.has(item)) {
      order.push(item);
    }
  }
  for (const item of order) {
    const id = shop.itemId(item);
    const text = `${id} ${titles.get(id) ?? ''}`.toLowerCase();
    if (words.every((word) => text.includes(word))) {
      ids.push(id);
    }
  }
  catalogue = ids;
  at('found').textContent =
    words.length === 0 ? `${number(ids.length)} items, popular first` : `${number(ids.length)} ${ids.length === 1 ? 'item' : 'items'} found`;
  drawCatalogue();
}

function drawCatalogue() {
  at('items').replaceChildren(
    ...catalogue.slice(0, shown).map((id) =>
      element('li', {}, [
        element('button', { type: 'button', click: () => click(id) }, [
          picture(id),
          element('span', { class: 'title', text: title(id) }),
        ]),
      ]),
    ),
  );
  at('more').hidden = catalogue.length <= shown;
}

function drawInside(length) {
  const rows = file.sections.map(({ tag, length: size }) => [tag, SECTIONS[tag] ?? '', size]);
  rows.push(['frame', 'table of sections', length - rows.reduce((sum, [, , size]) => sum + size, 0)]);
  at('kinds').textContent = [
    `Format version ${file.version}`,
    `${shop.dimension} dimensions`,
    `encoder: ${file.encoderKind}`,
    `item table: ${file.tableKind}`,
    ...(file.codebookCount > 0 ? [`${file.codebookCount} codebooks of ${file.codewordCount} codewords`] : []),
    `sessions of up to ${shop.maximumSessionLength} clicks`,
  ].join(' · ');
  at('sections')
    .querySelector('tbody')
    .replaceChildren(
      ...rows.map(([tag, what, size]) =>
        element('tr', {}, [
          element('th', { scope: 'row', text: tag }),
          element('td', { text: what }),
          element('td', { text: number(size) }),
          element('td', { class: 'bar', 'aria-hidden': 'true' }, [
            shape('svg', { viewBox: '0 0 100 10', preserveAspectRatio: 'none' }, [
              shape('rect', { width: Math.max((100 * size) / length, 0.3), height: 10 }),
            ]),
          ]),
        ]),
      ),
    );
  at('provenance').textContent = readable(shop.provenance);
}

function readable(json) {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

/** Shows what went wrong; what was there stays. */
function complain(name, problem) {
  const message = problem instanceof Error ? problem.message : String(problem);
  at('problem').textContent = `${name}: ${message}${shop === null ? '' : `. ${at('model').textContent} stays open.`}`;
  at('problem').hidden = false;
}

async function take(chosen) {
  try {
    if (/\.csv$/i.test(chosen.name)) {
      useTitles(await chosen.text());
    } else {
      await openModel(chosen.name, await chosen.arrayBuffer());
      say(`Opened ${chosen.name}, ${number(shop.itemCount)} items.`);
    }
  } catch (problem) {
    complain(chosen.name, problem);
  }
}

function useTitles(text) {
  const read = readTitles(text);
  const known = [...read.keys()].filter((id) => shop.itemIndex(id) >= 0).length;
  if (known === 0) {
    throw new Error(`none of its ${number(read.size)} ids is one of the model's, such as ${shop.itemId(0)}`);
  }
  titles = read;
  at('problem').hidden = true;
  find();
  drawStrip();
  drawList();
  say(`Titles of ${number(known)} items.`);
}

/** Counts what the browser fetches from now on, for whatever reason. */
function countRequests() {
  const draw = () => {
    at('sent').textContent = number(requests);
    at('sent-note').textContent = requests === 0 ? 'no request since loading' : 'requests since loading';
    at('sent').parentElement.classList.toggle('sending', requests > 0);
  };
  const since = performance.now();
  const observer = new PerformanceObserver((entries) => {
    requests += entries.getEntries().filter(({ startTime }) => startTime > since).length;
    draw();
  });
  observer.observe({ type: 'resource' });
  draw();
}

/** How many bytes of the runtime the page has loaded. */
function runtimeBytes() {
  const parts = performance.getEntriesByType('resource').filter(({ name }) => name.includes('/runtime/'));
  const size = parts.reduce((sum, { decodedBodySize }) => sum + decodedBodySize, 0);
  at('runtime').textContent = size > 0 ? bytes(size) : '–';
}

async function fetched(path) {
  const response = await fetch(path);
  if (!response.ok) {
    throw new Error(`${path} could not be loaded (${response.status})`);
  }
  return response;
}

function listen() {
  at('undo').addEventListener('click', () => {
    takeOut(clicks.length - 1);
    if (clicks.length === 0) {
      at('search').focus();
    }
  });
  at('restart').addEventListener('click', () => {
    clicks = [];
    opened = null;
    recommend(() => visit.clear());
    say('The session is empty.');
    at('search').focus();
  });
  at('unseen').addEventListener('change', () => {
    opened = null;
    recommend();
  });
  at('search').addEventListener('input', find);
  at('more').addEventListener('click', () => {
    const first = shown;
    shown += PAGE;
    drawCatalogue();
    at('items').querySelectorAll('button')[first]?.focus();
  });
  at('choose').addEventListener('click', () => at('file').click());
  at('file').addEventListener('change', async () => {
    const [chosen] = at('file').files;
    if (chosen) {
      await take(chosen);
      at('file').value = '';
    }
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === '/' && !(event.target instanceof HTMLInputElement)) {
      event.preventDefault();
      at('search').focus();
    }
  });
  document.addEventListener('dragover', (event) => {
    event.preventDefault();
    at('drop').hidden = false;
  });
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) {
      at('drop').hidden = true;
    }
  });
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    at('drop').hidden = true;
    const [chosen] = event.dataTransfer.files;
    if (chosen) {
      take(chosen);
    }
  });
}

async function start() {
  let name = 'the model';
  try {
    const settings = await (await fetched('demo.json')).json();
    name = settings.model;
    await openModel(settings.model, await (await fetched('model.attar')).arrayBuffer());
    if (settings.titles) {
      name = 'titles.csv';
      useTitles(await (await fetched('titles.csv')).text());
    }
  } catch (problem) {
    complain(name, problem);
  }
  runtimeBytes();
  listen();
  countRequests();
  document.documentElement.dataset.ready = 'true';
}

start();
