// Why an item is recommended: the runtime's terms, in words and bars, and the codes it shares.
import { element, number, shape } from './parts.js';

const SIMILARITY = 'similarity to ';

const WORDS = {
  'item bias': 'how much this item is clicked anyway',
  'clicks and age': 'clicked before: how often and how long ago',
  age: 'clicked before: how long ago',
  clicks: 'clicked before: how often',
  'distinct items': 'clicked before: in a session of so many items',
  'session length': 'clicked before: in a session this long',
  rounding: 'rounding',
  popularity: 'popular in this shop',
};

/**
 * One row a cause: what it is like first, the largest of these at the top; then all else. Clicks on one item add up to
 * one row. The repeat network's row has no bar: it puts own and new items on one scale, so its size says nothing.
 */
function causes(explanation, title, own) {
  const sums = new Map();
  for (const { name, value } of explanation.terms) {
    sums.set(name, (sums.get(name) ?? 0) + value);
  }
  return [...sums]
    .filter(([name, value]) => name !== 'rounding' || Math.abs(value) > 0.0005)
    .map(([name, value]) => {
      const item = name.startsWith(SIMILARITY) ? name.slice(SIMILARITY.length) : null;
      if (item !== null) {
        return { item, words: `like ${title(item)}`, value, bar: true };
      }
      const network = `repeat network: weighs it against ${own ? 'new items' : 'items clicked before'}`;
      return name === 'repeat network'
        ? { item, words: network, value, bar: false }
        : { item, words: WORDS[name] ?? name, value, bar: true };
    })
    .sort((a, b) => (a.item === null) - (b.item === null) || Math.abs(b.value) - Math.abs(a.value));
}

/**
 * The panel of one recommendation.
 *
 * @param own whether the item was clicked
 * @param codes gives an item's codes by id, or null
 */
export function explain(explanation, own, title, codes) {
  const rows = causes(explanation, title, own);
  const largest = Math.max(...rows.map(({ value, bar }) => (bar ? Math.abs(value) : 0)), 1e-9);
  const zero = rows.some(({ value, bar }) => bar && value < 0) ? 50 : 0; // where bars begin, of 100
  const table = element('table', {}, [
    element('caption', { text: 'What adds up to its score' }),
    element(
      'tbody',
      {},
      rows.map(({ words, value, bar: drawn }) =>
        element('tr', {}, [
          element('th', { scope: 'row', text: words, ...(drawn ? {} : { colspan: 2 }) }),
          ...(drawn ? [element('td', { class: 'bar', 'aria-hidden': 'true' }, [bar(value, largest, zero)])] : []),
          element('td', { text: signed(value) }),
        ]),
      ),
    ),
    element('tfoot', {}, [
      element('tr', {}, [
        element('th', { scope: 'row', text: 'score' }),
        element('td', { 'aria-hidden': 'true' }),
        element('td', { text: signed(explanation.score) }),
      ]),
    ]),
  ]);
  const numbers = codes(explanation.itemId);
  const nearest = rows.find(({ item, value }) => item !== null && item !== explanation.itemId && value > 0)?.item ?? null;
  return element('div', { class: 'explanation' }, numbers === null ? [table] : [table, sharedCodes(numbers, nearest, title, codes)]);
}

function sharedCodes(numbers, nearest, title, codes) {
  const other = nearest === null ? null : codes(nearest);
  const shared = numbers.map((code, m) => other !== null && other[m] === code);
  const count = shared.filter(Boolean).length;
  const words =
    other === null
      ? `In the file this item is these ${numbers.length} numbers, one a codebook.`
      : `In the file this item is these ${numbers.length} numbers, one a codebook; ${count} of them ${count === 1 ? 'is' : 'are'} also those of ${title(nearest)}.`;
  return element('div', { class: 'codes' }, [
    element('p', { text: words }),
    element(
      'ol',
      {},
      numbers.map((code, m) =>
        element('li', { class: shared[m] ? 'shared' : '' }, [
          element('span', { text: String(code) }),
          ...(shared[m] ? [element('span', { class: 'hidden', text: ' shared' })] : []),
        ]),
      ),
    ),
  ]);
}

function bar(value, largest, zero) {
  const width = ((100 - zero) * Math.abs(value)) / largest;
  return shape('svg', { viewBox: '0 0 100 10', preserveAspectRatio: 'none' }, [
    shape('rect', {
      x: value < 0 ? zero - width : zero,
      y: 0,
      width: Math.max(width, 0.4),
      height: 10,
      class: value < 0 ? 'against' : 'for',
    }),
  ]);
}

function signed(value) {
  return `${value < 0 ? '−' : '+'}${number(Math.abs(value), 2)}`;
}
