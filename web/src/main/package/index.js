// The face of the package: the Java runtime's classes, with its names, over the functions of the engine
// (io.attar.web.Engine), which exist twice: compiled to WebAssembly and to JavaScript.

const MAXIMUM_COUNT = 2 ** 31 - 1;

/** Says that bytes are not a model file this runtime can use. */
export class ModelFileError extends Error {
  constructor(message, section, offset) {
    super(message);
    this.name = 'ModelFileError';
    this.section = section;
    this.offset = offset;
  }
}

/** A model, opened from its file and ready to recommend. */
export class Recommender {
  #engine;
  #handle;

  /** Use Recommender.open. */
  constructor(engine, handle) {
    this.#engine = engine;
    this.#handle = handle;
  }

  static async open(bytes, options = {}) {
    const engine = await load(options.engine ?? 'auto');
    return new Recommender(engine, engine.sound(engine.open(engine.bytesIn(bytes))));
  }

  get engine() {
    return this.#engine.kind;
  }

  get itemCount() {
    return this.#engine.itemCount(this.#handle);
  }

  get dimension() {
    return this.#engine.dimension(this.#handle);
  }

  get maximumSessionLength() {
    return this.#engine.maximumSessionLength(this.#handle);
  }

  get provenance() {
    return this.#engine.textOut(this.#engine.provenance(this.#handle));
  }

  get popularCount() {
    return this.#engine.popularCount(this.#handle);
  }

  popularItem(rank) {
    return this.#engine.popularItem(this.#handle, within(rank, this.popularCount, 'popular rank'));
  }

  itemId(index) {
    const place = within(index, this.itemCount, 'item index');
    return this.#engine.textOut(this.#engine.itemId(this.#handle, place));
  }

  itemIndex(id) {
    if (id === null || id === undefined) {
      return -1;
    }
    return this.#engine.itemIndex(this.#handle, this.#engine.textIn(String(id)));
  }

  newSession() {
    return new Session(this, this.#engine, this.#engine.newSession(this.#handle));
  }

  newItemSet(ids = []) {
    const set = new ItemSet(this, this.#engine, this.#engine.newItemSet(this.#handle));
    for (const id of ids) {
      set.add(id);
    }
    return set;
  }
}

/** The clicks of one visitor and what they call for. */
export class Session {
  #recommender;
  #engine;
  #handle;

  /** Use Recommender.newSession. */
  constructor(recommender, engine, handle) {
    this.#recommender = recommender;
    this.#engine = engine;
    this.#handle = handle;
  }

  click(itemId) {
    return this.clickIndex(this.#recommender.itemIndex(itemId));
  }

  clickIndex(itemIndex) {
    return isPlace(itemIndex, this.#recommender.itemCount) && !!this.#engine.click(this.#handle, itemIndex);
  }

  clear() {
    this.#engine.clear(this.#handle);
  }

  get length() {
    return this.#engine.clickCount(this.#handle);
  }

  top(ranking) {
    if (typeof ranking !== 'object' || ranking === null) {
      return this.#list(this.#engine.top(this.#handle, count(ranking)));
    }
    const { unseen = false, only, without, atLeast = -Infinity } = ranking;
    if (typeof atLeast !== 'number' || Number.isNaN(atLeast)) {
      throw new RangeError(`the lowest score must be a number: ${atLeast}`);
    }
    return this.#list(
      this.#engine.topOf(
        this.#handle,
        count(ranking.count),
        !!unseen,
        ItemSet.handle(only, this.#recommender),
        ItemSet.handle(without, this.#recommender),
        atLeast,
      ),
    );
  }

  topUnseen(number) {
    return this.#list(this.#engine.topUnseen(this.#handle, count(number)));
  }

  scores() {
    const scores = this.#engine.scores(this.#handle, this.#recommender.itemCount);
    return Float32Array.from({ length: this.#recommender.itemCount }, (_, item) => this.#engine.scoreAt(scores, item));
  }

  explain(itemId) {
    const item = this.#recommender.itemIndex(itemId);
    return item < 0 ? null : this.explainIndex(item);
  }

  explainIndex(itemIndex) {
    const engine = this.#engine;
    const itemId = this.#recommender.itemId(itemIndex);
    const explanation = engine.explain(this.#handle, itemIndex);
    const terms = Array.from({ length: engine.termCount(explanation) }, (_, term) => ({
      name: engine.textOut(engine.termName(explanation, term)),
      click: engine.termClick(explanation, term),
      value: engine.termValue(explanation, term),
    }));
    return { itemId, score: engine.explainedScore(explanation), terms };
  }

  save() {
    return this.#engine.bytesOut(this.#engine.save(this.#handle));
  }

  restore(saved) {
    return !!this.#engine.restore(this.#handle, this.#engine.bytesIn(saved));
  }

  #list(ranked) {
    const list = new Array(this.#engine.rankedCount(ranked));
    for (let rank = 0; rank < list.length; rank++) {
      const itemIndex = this.#engine.rankedItem(ranked, rank);
      list[rank] = {
        itemId: this.#recommender.itemId(itemIndex),
        itemIndex,
        score: this.#engine.rankedScore(ranked, rank),
      };
    }
    return list;
  }
}

/** A set of items of one model, to allow or to deny. */
export class ItemSet {
  #recommender;
  #engine;
  #handle;

  /** Use Recommender.newItemSet. */
  constructor(recommender, engine, handle) {
    this.#recommender = recommender;
    this.#engine = engine;
    this.#handle = handle;
  }

  static handle(set, recommender) {
    if (set === null || set === undefined) {
      return null;
    }
    if (!(set instanceof ItemSet) || set.#recommender !== recommender) {
      throw new TypeError('an item set of a ranking must be made by newItemSet of the same Recommender');
    }
    return set.#handle;
  }

  add(itemId) {
    return this.addIndex(this.#recommender.itemIndex(itemId));
  }

  addIndex(itemIndex) {
    return this.#isItem(itemIndex) && !!this.#engine.addItem(this.#handle, itemIndex);
  }

  remove(itemId) {
    return this.removeIndex(this.#recommender.itemIndex(itemId));
  }

  removeIndex(itemIndex) {
    return this.#isItem(itemIndex) && !!this.#engine.removeItem(this.#handle, itemIndex);
  }

  contains(itemId) {
    return this.containsIndex(this.#recommender.itemIndex(itemId));
  }

  containsIndex(itemIndex) {
    return this.#isItem(itemIndex) && !!this.#engine.containsItem(this.#handle, itemIndex);
  }

  clear() {
    this.#engine.clearSet(this.#handle);
  }

  get size() {
    return this.#engine.setSize(this.#handle);
  }

  #isItem(itemIndex) {
    return isPlace(itemIndex, this.#recommender.itemCount);
  }
}

/** The frame of a model file: its sections, kinds and codes. */
export class ModelFile {
  #engine;
  #handle;
  #codes = null;

  /** Use ModelFile.read. */
  constructor(engine, handle) {
    this.#engine = engine;
    this.#handle = handle;
    const length = engine.sectionCount(handle);
    this.version = engine.fileVersion(handle);
    this.encoderKind = engine.textOut(engine.encoderKind(handle));
    this.tableKind = engine.textOut(engine.tableKind(handle));
    this.codebookCount = engine.codebookCount(handle);
    this.codewordCount = engine.codewordCount(handle);
    this.denseItemCount = engine.denseItemCount(handle);
    this.sections = Array.from({ length }, (_, section) => ({
      tag: engine.textOut(engine.sectionTag(handle, section)),
      offset: engine.sectionOffset(handle, section),
      length: engine.sectionLength(handle, section),
    }));
  }

  static async read(bytes, options = {}) {
    const engine = await load(options.engine ?? 'auto');
    return new ModelFile(engine, engine.sound(engine.readFile(engine.bytesIn(bytes))));
  }

  codes(itemIndex) {
    const engine = this.#engine;
    this.#codes ??= engine.sound(engine.readCodes(this.#handle));
    if (!isPlace(itemIndex, engine.codedItemCount(this.#codes))) {
      return null;
    }
    return Array.from({ length: this.codebookCount }, (_, codebook) => engine.codeAt(this.#codes, codebook, itemIndex));
  }
}

function isPlace(place, size) {
  return Number.isInteger(place) && place >= 0 && place < size;
}

function within(place, size, what) {
  if (!isPlace(place, size)) {
    throw new RangeError(`${what} must lie between 0 and ${size - 1}: ${place}`);
  }
  return place;
}

function count(number) {
  if (!Number.isInteger(number) || number < 1) {
    throw new RangeError(`the number of recommendations must be at least 1: ${number}`);
  }
  return Math.min(number, MAXIMUM_COUNT);
}

/** An engine's functions, and how arrays and strings travel through them. */
class Engine {
  constructor(kind, functions) {
    this.kind = kind;
    Object.assign(this, functions);
  }

  bytesIn(source) {
    const bytes = ArrayBuffer.isView(source)
      ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
      : source instanceof ArrayBuffer
        ? new Uint8Array(source)
        : null;
    if (bytes === null) {
      throw new TypeError('bytes must be an ArrayBuffer or a typed array');
    }
    const handle = this.newBytes(bytes.length);
    for (let i = 0; i < bytes.length; i++) {
      this.setByte(handle, i, bytes[i]);
    }
    return handle;
  }

  bytesOut(handle) {
    return Uint8Array.from({ length: this.byteCount(handle) }, (_, i) => this.byteAt(handle, i));
  }

  textIn(text) {
    const handle = this.newText();
    for (let i = 0; i < text.length; i++) {
      this.append(handle, text.charCodeAt(i));
    }
    return handle;
  }

  textOut(handle) {
    let text = '';
    for (let i = 0, length = this.characterCount(handle); i < length; i++) {
      text += String.fromCharCode(this.characterAt(handle, i));
    }
    return text;
  }

  /** What the engine made of a file; null becomes the error that says what is wrong with it. */
  sound(handle) {
    if (handle === null) {
      throw new ModelFileError(
        this.textOut(this.problemMessage()),
        this.textOut(this.problemSection()),
        this.problemOffset(),
      );
    }
    return handle;
  }
}

const engines = new Map();

function load(kind) {
  if (!engines.has(kind)) {
    engines.set(kind, start(kind));
  }
  return engines.get(kind);
}

async function start(kind) {
  if (kind === 'wasm') {
    return new Engine('wasm', await startWasm());
  }
  if (kind === 'javascript') {
    return new Engine('javascript', await import('./engine.js'));
  }
  if (kind !== 'auto') {
    throw new RangeError(`engine must be 'auto', 'wasm' or 'javascript': ${kind}`);
  }
  // A module of one structure type: valid where WebAssembly has garbage collection.
  const structure = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 3, 1, 0x5f, 0]);
  if (typeof WebAssembly === 'object' && WebAssembly.validate(structure)) {
    try {
      return await load('wasm');
    } catch (problem) {
      // A policy of the page without 'wasm-unsafe-eval', or exceptions of another kind.
      if (!(problem instanceof WebAssembly.CompileError)) {
        throw problem;
      }
    }
  }
  return load('javascript');
}

async function startWasm() {
  const module = await WebAssembly.compile(await fetchWasm(new URL('./engine.wasm', import.meta.url)));
  const instance = await WebAssembly.instantiate(module, wasmImports());
  return Object.fromEntries(
    Object.entries(instance.exports)
      .filter(([name]) => name.startsWith('attar.'))
      .map(([name, action]) => [name.slice('attar.'.length), action]),
  );
}

async function fetchWasm(url) {
  if (url.protocol === 'file:') {
    const { readFile } = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:fs/promises');
    return readFile(url);
  }
  const response = await fetch(url);
  if (!response.ok) {
    throw new Error(`${url} must be there beside index.js, but the answer was ${response.status}`);
  }
  return response.arrayBuffer();
}

/**
 * What the module asks of its surroundings. It uses the square root; all else serves exports of another kind,
 * stack traces, linear memory and other things of TeaVM that the engine never comes to.
 */
function wasmImports() {
  const nothing = () => null;
  const no = () => 0;
  const same = (value) => value;
  const aFunction = () => same;
  return {
    env: { memory: new WebAssembly.Memory({ initial: 1, maximum: 16 }) },
    teavm: { takeStackTrace: nothing, decorateException: nothing },
    teavmDate: { currentTimeMillis: no },
    teavmMath: { sqrt: Math.sqrt },
    teavmMemory: {
      notifyHeapResized: nothing,
      heapOffset: new WebAssembly.Global({ value: 'i32', mutable: false }, 0),
      maxSize: new WebAssembly.Global({ value: 'i32', mutable: false }, 0),
    },
    teavmJso: {
      callFunction1: nothing,
      createClass: aFunction,
      createFunction1: aFunction,
      defineFunction: aFunction,
      defineStaticMethod: nothing,
      getProperty: nothing,
      isUndefined: no,
      javaObjectToJS: nothing,
      stringBuiltinsSupported: no,
      unwrapBoolean: no,
      unwrapFloat: no,
      unwrapInt: no,
      unwrapJavaObject: nothing,
      wrapBoolean: nothing,
      wrapDouble: nothing,
      wrapFloat: nothing,
      wrapInt: nothing,
      wrapObject: nothing,
    },
    'wasm:js-string': {
      charCodeAt: (text, index) => text.charCodeAt(index),
      concat: (first, second) => first + second,
      fromCharCode: (character) => String.fromCharCode(character),
      fromCharCodeArray: () => '',
      intoCharCodeArray: no,
      length: (text) => text.length,
      substring: (text, start, end) => text.substring(start, end),
    },
  };
}
