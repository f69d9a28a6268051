// The questions of the Java test class Questions, asked through the package.

const LONGEST_SESSION = 60;
const RECOMMENDATIONS = 20;

const TABLE = Int32Array.from({ length: 256 }, (_, value) => {
  for (let bit = 0; bit < 8; bit++) {
    value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  return value;
});

/** The checksum CRC-32 of numbers and text. */
class Checksum {
  #sum = -1;
  #number = new DataView(new ArrayBuffer(8));

  addByte(value) {
    this.#sum = TABLE[(this.#sum ^ value) & 0xff] ^ (this.#sum >>> 8);
  }

  addInteger(value) {
    for (let shift = 0; shift < 32; shift += 8) {
      this.addByte((value >>> shift) & 0xff);
    }
  }

  addSingle(value) {
    this.#number.setFloat32(0, value);
    this.addInteger(this.#number.getInt32(0));
  }

  addDouble(value) {
    this.#number.setFloat64(0, value);
    this.addInteger(this.#number.getInt32(4));
    this.addInteger(this.#number.getInt32(0));
  }

  addText(text) {
    for (let i = 0; i < text.length; i++) {
      this.addInteger(text.charCodeAt(i));
    }
  }

  value() {
    return (this.#sum ^ -1) >>> 0;
  }
}

/** Asks so many questions; of each answer its checksum and the best items with their scores. */
export function ask(shop, count) {
  let state = 20_260;
  const below = (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 8) % bound;
  };
  const every = (step) => {
    const items = shop.newItemSet();
    for (let item = step - 1; item < shop.itemCount; item += step) {
      items.addIndex(item);
    }
    return items;
  };
  const denied = every(3);
  const few = every(10);
  const many = every(2);
  const answers = [];
  for (let question = 0; question < count; question++) {
    const sum = new Checksum();
    const addList = (list) => {
      sum.addInteger(list.length);
      for (const { itemIndex, itemId, score } of list) {
        sum.addInteger(itemIndex);
        sum.addText(itemId);
        sum.addSingle(score);
      }
    };
    const addExplanation = ({ score, terms }) => {
      sum.addSingle(score);
      for (const { name, click, value } of terms) {
        sum.addText(name);
        sum.addInteger(click);
        sum.addDouble(value);
      }
    };
    let session = shop.newSession();
    const clicks = below(LONGEST_SESSION + 1);
    let last = 0;
    for (let i = 0; i < clicks; i++) {
      if (i === clicks >> 1) {
        const saved = session.save();
        saved.forEach((byte) => sum.addByte(byte));
        session = shop.newSession();
        if (!session.restore(saved)) {
          throw new Error('a session does not take up what another of its model saved');
        }
      }
      last = i > 0 && below(2) === 0 ? Math.min(last + below(3), shop.itemCount - 1) : below(shop.itemCount);
      session.clickIndex(last);
    }
    const top = session.top(RECOMMENDATIONS);
    addList(top);
    addList(session.topUnseen(RECOMMENDATIONS));
    addList(
      session.top({
        count: RECOMMENDATIONS,
        only: question % 2 === 0 ? few : many,
        without: denied,
        atLeast: -10,
      }),
    );
    addExplanation(session.explainIndex(last));
    addExplanation(session.explainIndex(below(shop.itemCount)));
    answers.push({
      checksum: sum.value(),
      items: top.map(({ itemIndex }) => itemIndex),
      scores: top.map(({ score }) => score),
    });
  }
  return answers;
}
