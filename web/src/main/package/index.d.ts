/** Which engine runs: 'auto' takes WebAssembly where it works, else JavaScript. */
export interface OpenOptions {
  engine?: 'auto' | 'wasm' | 'javascript';
}

/** One place of a ranking. */
export interface Recommendation {
  readonly itemId: string;
  readonly itemIndex: number;
  /** In the model's own unit; larger is better. */
  readonly score: number;
}

/** What a ranking may hold. */
export interface Ranking {
  /** How many, at least 1; fewer come back when fewer may be ranked. */
  count: number;
  /** Without the items clicked in the clicks held. */
  unseen?: boolean;
  /** Only items of this set. */
  only?: ItemSet | null;
  /** No item of this set. */
  without?: ItemSet | null;
  /** Only items that score at least so much. */
  atLeast?: number;
}

/** One term of an explanation. */
export interface Term {
  /**
   * 'similarity to ID' for a click on that item, 'item bias', 'clicks and age', 'age', 'clicks', 'distinct items' and
   * 'session length' for an item clicked itself, 'repeat network', 'rounding', 'popularity'.
   */
  readonly name: string;
  /** The click it comes from, 0 for the oldest held; -1 when it comes from none alone. */
  readonly click: number;
  readonly value: number;
}

/** Why an item scores what it scores: the terms add up to the score. */
export interface Explanation {
  readonly itemId: string;
  readonly score: number;
  readonly terms: readonly Term[];
}

/** Says that bytes are not a model file this runtime can use. */
export class ModelFileError extends Error {
  /** Tag of the section that broke a rule, or 'frame'. */
  readonly section: string;
  /** Position in the file, in bytes from its start, near which the rule was broken. */
  readonly offset: number;
}

/** A model, opened from its file and ready to recommend. */
export class Recommender {
  private constructor();

  /**
   * Opens a model file.
   *
   * @param bytes the whole file; not kept
   * @throws ModelFileError when the bytes are not a whole, sound model file
   */
  static open(bytes: ArrayBuffer | ArrayBufferView, options?: OpenOptions): Promise<Recommender>;

  /** The engine that runs it. */
  readonly engine: 'wasm' | 'javascript';
  /** Number of items that can be recommended. */
  readonly itemCount: number;
  /** Numbers in a session vector and in an item's row. */
  readonly dimension: number;
  /** Clicks a session holds; older ones leave it. */
  readonly maximumSessionLength: number;
  /** How the model was made: the file's JSON, uninterpreted. */
  readonly provenance: string;
  /** Number of popular items, which a session without a known click is offered. */
  readonly popularCount: number;

  /**
   * Item index of a popular item, 0 for the most popular.
   *
   * @throws RangeError when there is no such rank
   */
  popularItem(rank: number): number;

  /**
   * The caller's id of an item.
   *
   * @throws RangeError when there is no such item
   */
  itemId(index: number): string;

  /** The item index of an id, -1 when the id is unknown. */
  itemIndex(id: string | null | undefined): number;

  /** Starts the session of one visitor, without a click. */
  newSession(): Session;

  /** Makes a set of items of this model; unknown ids are left out. */
  newItemSet(ids?: Iterable<string>): ItemSet;
}

/** The clicks of one visitor and what they call for. Holds the last maximumSessionLength clicks on known items. */
export class Session {
  private constructor();

  /** Clicks held. */
  readonly length: number;

  /** Adds a click on an item; false, and nothing changes, when the id is unknown. */
  click(itemId: string | null | undefined): boolean;

  /** Adds a click on an item; false, and nothing changes, when there is no such item. */
  clickIndex(itemIndex: number): boolean;

  /** Forgets all clicks. */
  clear(): void;

  /**
   * The best items, exactly, those already clicked included: best score first, equal scores by item index.
   *
   * @param ranking how many, or what the ranking may hold
   * @throws RangeError when the count is below 1 or the lowest score no number
   * @throws TypeError when a set is of another model
   */
  top(ranking: number | Ranking): Recommendation[];

  /** As top, without the items clicked in the clicks held. */
  topUnseen(count: number): Recommendation[];

  /** The score of every item, by item index. */
  scores(): Float32Array;

  /** Why an item scores what it scores now; null when the id is unknown. */
  explain(itemId: string | null | undefined): Explanation | null;

  /**
   * Why an item scores what it scores now.
   *
   * @throws RangeError when there is no such item
   */
  explainIndex(itemIndex: number): Explanation;

  /** The clicks held, in a few bytes, for restore by a session of the same model file. */
  save(): Uint8Array;

  /**
   * Takes up the clicks that save wrote, in place of those held; false, and nothing changes, when the bytes are damaged
   * or were not saved with this very model file.
   */
  restore(saved: ArrayBuffer | ArrayBufferView): boolean;
}

/** A set of items of one model, to allow or to deny. */
export class ItemSet {
  private constructor();

  /** Number of items in the set. */
  readonly size: number;

  /** False, and nothing changes, when the id is unknown or in the set. */
  add(itemId: string | null | undefined): boolean;
  addIndex(itemIndex: number): boolean;
  /** False, and nothing changes, when the id is unknown or not in the set. */
  remove(itemId: string | null | undefined): boolean;
  removeIndex(itemIndex: number): boolean;
  contains(itemId: string | null | undefined): boolean;
  containsIndex(itemIndex: number): boolean;
  clear(): void;
}

/** One section of a model file. */
export interface Section {
  readonly tag: string;
  /** Where its payload starts, in bytes from the start of the file. */
  readonly offset: number;
  /** Length of its payload in bytes. */
  readonly length: number;
}

/** The frame of a model file: its sections, kinds and codes. */
export class ModelFile {
  private constructor();

  /**
   * Reads the frame and verifies all checksums.
   *
   * @throws ModelFileError when the bytes are not a whole model file of a known version
   */
  static read(bytes: ArrayBuffer | ArrayBufferView, options?: OpenOptions): Promise<ModelFile>;

  readonly version: number;
  readonly encoderKind: 'weighted mean' | 'self-attention';
  readonly tableKind:
    | 'dense'
    | 'compositional codes'
    | 'product codes'
    | 'blocks'
    | 'tensor train'
    | 'neighbours';
  /** 0 without codes. */
  readonly codebookCount: number;
  readonly codewordCount: number;
  /** Items with a row of their own instead of a code. */
  readonly denseItemCount: number;
  readonly sections: readonly Section[];

  /**
   * The codes of an item, one a codebook; null when it has none.
   *
   * @throws ModelFileError when the section that holds them is damaged
   */
  codes(itemIndex: number): number[] | null;
}
