// The time that emulate sees: what the last request said, else the real one.
//
// Like GitHub's, its timestamps have no fractions of a second.

const Real = globalThis.Date;
let moment = null;

export function set(milliseconds) {
  moment = milliseconds;
}

globalThis.Date = class Date extends Real {
  constructor(...given) {
    if (given.length === 0) super(Date.now());
    else super(...given);
  }

  static now() {
    return moment ?? Real.now();
  }

  toISOString() {
    return super.toISOString().replace(/\.\d+Z$/, "Z");
  }
};
