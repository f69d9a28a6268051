// Pieces of the page: elements, numbers, tiles, titles.

const SHAPES = 'http://www.w3.org/2000/svg';

/** An element; the attribute `text` is its text, functions are listeners. */
export function element(name, attributes = {}, children = []) {
  return filled(document.createElement(name), attributes, children);
}

/** An element of SVG. */
export function shape(name, attributes = {}, children = []) {
  return filled(document.createElementNS(SHAPES, name), attributes, children);
}

function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'text') {
      made.textContent = value;
    } else if (typeof value === 'function') {
      made.addEventListener(name, value);
    } else {
      made.setAttribute(name, value);
    }
  }
  made.append(...children);
  return made;
}

/** A number with a fixed number of decimals. */
export function number(value, decimals = 0) {
  return value.toLocaleString('en', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** Bytes in the unit that reads best. */
export function bytes(count) {
  if (count < 1000) {
    return `${count} B`;
  }
  return count < 1e6 ? `${number(count / 1000)} kB` : `${number(count / 1e6, 1)} MB`;
}

/**
 * An item's picture: a tile for each codebook. The first code, which says most, gives the colour; the others vary it.
 *
 * @param codes of the item, or null
 * @param codewords that a code is one of
 */
export function tile(codes, codewords, id) {
  const numbers = codes ?? [...digest(id)];
  const range = codes === null ? 256 : codewords;
  const side = Math.ceil(Math.sqrt(numbers.length));
  const rows = Math.ceil(numbers.length / side);
  const hue = hash(numbers[0]) % 360;
  const cells = numbers.map((code, m) => {
    const part = range > 1 ? code / (range - 1) : 0;
    const tone = Math.round(hue + (m === 0 ? 0 : (part - 0.5) * 70));
    const light = Math.round(m === 0 ? 58 : 40 + 38 * ((hash(code + 7 * m) % 97) / 97));
    return shape('rect', { x: m % side, y: Math.floor(m / side), width: 1.02, height: 1.02, fill: `hsl(${tone} 52% ${light}%)` });
  });
  // What the last row lacks.
  const rest = side * rows - numbers.length;
  const filler = shape('rect', { x: side - rest, y: rows - 1, width: rest, height: 1, fill: `hsl(${hue} 52% 58%)` });
  return shape(
    'svg',
    { class: 'tile', viewBox: `0 0 ${side} ${rows}`, preserveAspectRatio: 'none', 'aria-hidden': 'true', 'shape-rendering': 'crispEdges' },
    rest > 0 ? [...cells, filler] : cells,
  );
}

function hash(value) {
  let mixed = Math.imul(value + 1, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}

function* digest(id) {
  let state = 0;
  for (const character of id) {
    state = hash(state ^ character.codePointAt(0));
  }
  for (let i = 0; i < 9; i++) {
    state = hash(state);
    yield state & 255;
  }
}

/**
 * Titles by item id, from a CSV: columns `id` and `title` where the first line names them, else the first two.
 *
 * @throws Error that says what is wrong with it
 */
export function readTitles(text) {
  const lines = table(text.replace(/^\uFEFF/, ''));
  const names = (lines[0] ?? []).map((name) => name.trim().toLowerCase());
  const named = names.includes('id') && names.includes('title');
  const id = named ? names.indexOf('id') : 0;
  const title = named ? names.indexOf('title') : 1;
  const titles = new Map();
  for (const line of named ? lines.slice(1) : lines) {
    if (line[title]?.trim()) {
      titles.set(line[id].trim(), line[title].trim());
    }
  }
  if (titles.size === 0) {
    throw new Error('the titles must be a CSV of two columns, id and title, but no line has both');
  }
  return titles;
}

/** The fields of a CSV (RFC 4180), line by line; empty lines are left out. */
function table(text) {
  const lines = [];
  let line = [];
  let field = '';
  let quoted = false;
  const endLine = () => {
    line.push(field);
    if (line.length > 1 || field !== '') {
      lines.push(line);
    }
    line = [];
    field = '';
  };
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (quoted) {
      if (character !== '"') {
        field += character;
      } else if (text[i + 1] === '"') {
        field += '"';
        i++;
      } else {
        quoted = false;
      }
    } else if (character === '"' && field === '') {
      quoted = true;
    } else if (character === ',') {
      line.push(field);
      field = '';
    } else if (character === '\n' || character === '\r') {
      endLine();
    } else {
      field += character;
    }
  }
  endLine();
  return lines;
}
