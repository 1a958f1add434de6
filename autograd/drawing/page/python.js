// Python functions that the translated operations need and JavaScript lacks.
const py = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  neg: (a) => -a,
  exp2: (x) => 2 ** x,
  mod: (a, b) => {
    const rest = a % b;
    return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
  },
  len: (xs) => xs.length,
  max: (...xs) => (Array.isArray(xs[0]) ? xs[0] : xs).reduce((a, b) => (b > a ? b : a)),
  min: (...xs) => (Array.isArray(xs[0]) ? xs[0] : xs).reduce((a, b) => (b < a ? b : a)),
  any: (xs) => xs.some(py.truth),
  all: (xs) => xs.every(py.truth),
  sum: (xs, start = 0) => xs.reduce((a, b) => a + b, start),
  sorted: (xs) => [...xs].sort((a, b) => a - b),
  map: (f, xs, ys) => (ys ? xs.slice(0, ys.length).map((x, i) => f(x, ys[i])) : xs.map((x) => f(x))),
  repeat: (xs, count) => Array.from({ length: xs.length * count }, (_, i) => xs[i % xs.length]),
  floordiv: (a, b) => {
    if (b === 0) return a / b;
    const rest = a % b;
    const quotient = (a - rest) / b - (rest !== 0 && rest < 0 !== b < 0 ? 1 : 0);
    const floor = Math.floor(quotient);
    return quotient - floor > 0.5 ? floor + 1 : floor;
  },
  truth: (x) => (Array.isArray(x) ? x.length > 0 : x !== 0 && x !== false),
  isinf: (x) => x === Infinity || x === -Infinity,
  copysign: (x, sign) => (sign < 0 || Object.is(sign, -0) ? -Math.abs(x) : Math.abs(x)),

  // The share of each e ** x in their sum, whose logarithm is y. A single infinity has the share 1.
  shares: (xs, y) => {
    const exps = xs.map((x) => Math.exp(x - Math.max(-Number.MAX_VALUE, Math.min(y, Number.MAX_VALUE))));
    const isAlone = exps.filter((e) => e === Infinity).length === 1;
    const terms = isAlone ? exps.map((e) => (e === Infinity ? 1 : 0)) : exps;
    return terms.map((e) => e / py.sum(terms));
  },

  // In these cases IEEE 754 gives 1, but JavaScript NaN.
  pow: (x, n) => (x === 1 || (x === -1 && py.isinf(n)) ? 1 : Math.pow(x, n)),

  // Near 0, the series of erf (DLMF 7.6.2); elsewhere, the continued fraction of erfc (DLMF 7.9.2).
  erf: (x) => {
    if (Math.abs(x) > 2.5) return x < 0 ? py.erfc(-x) - 1 : 1 - py.erfc(x);
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  },
  erfc: (x) => {
    if (x < -1) return 2 - py.erfc(-x);
    if (x < 1) return 1 - py.erf(x);
    if (!(x < 28)) return x === x ? 0 : NaN;
    let fraction = x;
    for (let n = 200; n > 0; n--) fraction = x + n / 2 / fraction;
    return Math.exp(-x * x) / fraction / Math.sqrt(Math.PI);
  },
};
