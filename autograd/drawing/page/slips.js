// Find and explain the slips that lead to a wrong gradient, as autograd.testing.by_hand does in Python.
const [LIKELY, POSSIBLE, UNLIKELY] = [0, 1, 2];
const limits = () => graph.slips.limits;

// How far rounding a number to three digits moves it.
function roundingOf(x) {
  return Number.isFinite(x) ? Math.abs(x - Number(x.toPrecision(3))) + 1e-12 * Math.abs(x) : 0;
}

// The tolerance of an answer for a gradient, and its part that is due to rounding on the way.
function toleranceOf(given, box) {
  const written = given.toExponential(14).split("e")[0].replace(/\D|\.|0+$/g, "").length;
  const [few, usual] = limits().digits;
  const wanted = Math.abs(numbers[box].grad);
  const [tolerance, spread] = boxes[box].margins[written < usual ? 0 : 1];
  const [least, leastSpread] = boxes[box].margins[2];
  const halfUnit = wanted ? 0.5 * 10 ** (Math.floor(Math.log10(wanted)) - few + 1) : 0;
  const limit = Math.max(least * wanted, halfUnit);
  if (written > usual && limit < tolerance * wanted) return { tolerance: limit, spread: leastSpread };
  return { tolerance: tolerance * wanted, spread };
}

// True if rounding explains the difference between an answer and the gradient of a box.
function isRight(given, box) {
  const wanted = numbers[box].grad;
  if (given === wanted || (Number.isNaN(given) && Number.isNaN(wanted))) return true;
  if (!Number.isFinite(given) || !Number.isFinite(wanted)) return false;
  return Math.abs(given - wanted) <= Math.max(roundingOf(wanted), toleranceOf(given, box).tolerance);
}

function isNear(a, b) {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  return Math.abs(a - b) <= Math.max(1e-9 * Math.max(Math.abs(a), Math.abs(b)), 1e-12);
}

// True if `given` is `x`, rounded to as many decimals as `given` shows and to three digits or more.
function isRoundedTo(x, given) {
  const decimals = /e/.test(String(given)) ? 0 : (String(given).split(".")[1] ?? "").length;
  const unit = decimals > 0 && decimals < 12 ? 10 ** -decimals : 0;
  const most = Math.min(0.5000001 * unit, limits().most_rounding * Math.abs(x));
  return Math.abs(x - given) <= Math.max(most, 1e-9 * Math.abs(x));
}

// The slips that give the gradient `given` of a box in place of the right one, likeliest first.
function findSlips(region, given) {
  if (!region.consumers.length || !Number.isFinite(given) || !Number.isFinite(region.gradient)) return [];
  const { spread } = toleranceOf(given, region.node);
  const close = (a, b) => Math.abs(a - b) <= roundingOf(b) + spread * Math.abs(b);
  const wrong = candidates(region).filter((f) => Number.isFinite(f.number) && !close(f.number, region.gradient));
  const exact = wrong.filter((f) => isRoundedTo(f.number, given));
  const best = exact.length ? exact : wrong.filter((f) => f.rank < UNLIKELY && close(given, f.number));
  const rank = Math.max(POSSIBLE, Math.min(...best.map((f) => f.rank), UNLIKELY));
  const found = distinct(best.filter((f) => f.rank <= rank).sort((f, g) => f.rank - g.rank));
  const isPlaced = found.length && found[0].rank === LIKELY; // it says where a factor comes from
  if (isPlaced) return found.filter((f) => !["factor missing", "factor extra"].includes(f.sentence));
  return rank < UNLIKELY || found.length === 1 ? found : [];
}

function distinct(found) {
  const kept = [];
  for (const f of found) if (!kept.some((k) => isNear(k.number, f.number) && sayTheSame(k, f))) kept.push(f);
  return kept;
}

// True if two slips are at one place, or are of one name and not both about a single local derivative.
function sayTheSame(a, b) {
  const areLocal = limits().local.includes(a.sentence) && limits().local.includes(b.sentence);
  const hasPlace = a.consumer !== undefined && b.sentence !== "no inner derivative"; // which is about all places
  const isOnePlace = hasPlace && a.consumer === b.consumer && a.place === b.place;
  const isOneSign = b.sentence.startsWith("sign of one") && a.rule !== undefined && a.factor === -1;
  return isOnePlace || isOneSign || (a.name === b.name && !areLocal);
}

// ---- the paths from a box to the nearest boxes whose gradients are known

class Region {
  constructor(node, known) {
    this.node = node;
    this.gradient = numbers[node].grad;
    this.tangents = new Map([[node, 1]]);
    this.consumers = [];
    boxes.forEach((box, i) => {
      if (i === node || box.group || !this.places(i).length) return;
      this.consumers.push(i);
      if (!known.has(i) && i !== root) this.tangents.set(i, this.tangent(i, partialsOf(i)));
    });
  }

  input(consumer, place) {
    const x = boxes[consumer].inputs[place];
    return Array.isArray(x) ? x[0] : null;
  }

  places(consumer) {
    const inputs = boxes[consumer].inputs ?? [];
    return inputs.map((_, place) => place).filter((place) => this.tangents.has(this.input(consumer, place)));
  }

  tangent(consumer, row) {
    return sum(this.places(consumer).map((place) => row[place] * this.tangents.get(this.input(consumer, place))));
  }

  changed(consumer, tangent) {
    return this.gradient + numbers[consumer].grad * (tangent - this.tangent(consumer, partialsOf(consumer)));
  }

  changedAt(consumer, place, partial) {
    const change = partial - partialsOf(consumer)[place];
    return this.gradient + numbers[consumer].grad * change * this.tangents.get(this.input(consumer, place));
  }

  changedRows(rows) {
    const before = new Map(this.tangents);
    let total = 0;
    for (const consumer of this.consumers) {
      const tangent = this.tangent(consumer, rows.get(consumer) ?? partialsOf(consumer));
      if (this.tangents.has(consumer)) this.tangents.set(consumer, tangent);
      else total += numbers[consumer].grad * tangent;
    }
    this.tangents = before;
    return total;
  }

  hasWaysAround(consumer, place) {
    return Math.abs(this.changedAt(consumer, place, 0)) > 1e-9 * Math.abs(this.gradient);
  }

  path(consumer, place) {
    const path = [this.input(consumer, place), consumer];
    while (path[0] !== this.node) {
      path.unshift(this.input(path[0], this.places(path[0])[0]));
    }
    while (this.tangents.has(path.at(-1))) {
      path.push(this.consumers.find((c) => boxes[c].inputs.some((x) => Array.isArray(x) && x[0] === path.at(-1))));
    }
    return path;
  }
}

// The local derivatives of a box; those of options that were not chosen are 0.
const partialsOf = (i) => numbers[i].partials;
const operation = (i) => graph.slips.ops[boxes[i].op] ?? {}; // a leaf has none
const isConstant = (i, place) => (boxes[i].constant ?? []).includes(place);
const symbolOf = (i) => boxes[i].symbol ?? boxes[i].name;
const inputsOf = (i) => boxes[i].inputs.map((x) => (Array.isArray(x) ? numbers[x[0]].value : x));
const argumentsOf = (i, inputs, y) => (operation(i).variadic ? [inputs, y] : [...inputs, y]);

// ---- all slips with the gradients that they lead to, the most specific ones first

function candidates(region) {
  const wanted = region.gradient;
  const consumers = region.consumers.slice(0, limits().consumers);
  const found = [wrongSign(region, consumers)];
  if (graph.live) {
    consumers.forEach((c) => found.push(...wrongRules(region, c)));
    found.push(...everywhere(region, consumers));
  }
  for (const c of consumers) for (const place of region.places(c)) found.push(...wrongPartials(region, c, place));
  found.push(...forgottenInner(region, consumers));
  found.push(...missingPaths(region, consumers));
  for (const factor of new Set([2, ...graph.slips.sizes, ...limits().factors])) {
    const rank = factor === 2 || graph.slips.sizes.includes(factor) ? POSSIBLE : UNLIKELY;
    found.push({ rank, name: "factor", number: wanted / factor, sentence: "factor missing", factor });
    found.push({ rank, name: "factor", number: wanted * factor, sentence: "factor extra", factor });
  }
  consumers.forEach((c) => found.push(...crossEntropy(region, c)));
  boxes.forEach((box, consumer) => {
    const number = numbers[consumer].grad;
    if (box.group || consumer === region.node || number === 0 || number === 1) return;
    found.push({ rank: UNLIKELY, name: "exchanged", number, sentence: "gradient of another", consumer, place: 0 });
  });
  if (wanted) found.push({ rank: UNLIKELY, name: "reciprocal", number: 1 / wanted, sentence: "reciprocal of all" });
  found.push({ rank: UNLIKELY, name: "value", number: numbers[region.node].value, sentence: "own value" });
  return found;
}

function wrongSign(region, consumers) {
  const places = consumers.flatMap((consumer) => region.places(consumer).map((place) => ({ consumer, place })));
  const negative = places.filter(({ consumer, place }) => partialsOf(consumer)[place] < 0);
  const found = { rank: LIKELY, name: "sign", number: -region.gradient, place: 0 };
  const isSure = negative.length === 1 && !region.hasWaysAround(negative[0].consumer, negative[0].place);
  return isSure ? { ...found, sentence: "sign of negative", ...negative[0] } : { ...found, sentence: "sign" };
}

const wrongRow = (c, rule) => ops[boxes[c].op].slips[rule](...argumentsOf(c, inputsOf(c), numbers[c].value));

function wrongRules(region, consumer) {
  const places = region.places(consumer);
  return operation(consumer).slips.flatMap(({ name, total }, rule) => {
    if (!total) {
      const row = wrongRow(consumer, rule).map(Number);
      const place = places.find((p) => row[p] !== partialsOf(consumer)[p]) ?? places[0];
      const number = region.changed(consumer, region.tangent(consumer, row));
      const factor = row[place] / partialsOf(consumer)[place];
      return [{ rank: LIKELY, name, number, sentence: "wrong rule", consumer, place, rule, factor }];
    }
    if (places.length < 2) return [];
    const tangents = boxes[consumer].inputs.map((_, p) => region.tangents.get(region.input(consumer, p)) ?? 0);
    const all = [...argumentsOf(consumer, inputsOf(consumer), numbers[consumer].value), ...tangents];
    const number = region.changed(consumer, ops[boxes[consumer].op].slips[rule](...all));
    return [{ rank: LIKELY, name, number, sentence: "wrong total", consumer, place: 0, rule }];
  });
}

function everywhere(region, consumers) {
  const found = [];
  for (const op of new Set(consumers.map((c) => boxes[c].op))) {
    const group = consumers.filter((c) => boxes[c].op === op);
    if (group.length < 2) continue;
    const size = (c) => Math.abs(numbers[c].grad * region.tangent(c, partialsOf(c)));
    const consumer = group.reduce((a, b) => (size(b) > size(a) ? b : a));
    const at = { consumer, place: region.places(consumer)[0] };
    const add = (rank, name, sentence, rowOf, rest = {}) => {
      const number = region.changedRows(new Map(group.map((c) => [c, rowOf(c)])));
      found.push({ rank, name, number, sentence, ...rest });
    };
    graph.slips.ops[op].slips.forEach(({ name, total }, rule) => {
      if (!total) add(LIKELY, name, "wrong rule everywhere", (c) => wrongRow(c, rule).map(Number), { ...at, rule });
    });
    const withoutFactors = (c) => partialsOf(c).map((d, p) => (isConstant(c, p) ? 1 : d));
    add(POSSIBLE, "factor", "no factor everywhere", withoutFactors, at);
    if (!graph.slips.ops[op].unary) continue;
    add(POSSIBLE, "no local derivative", "no local derivative everywhere", () => [1], at);
    add(POSSIBLE, "sign", "sign everywhere", (c) => [-partialsOf(c)[0]], at);
  }
  return found;
}

function crossEntropy(region, consumer) {
  const { name, probability, entropy } = operation(consumer);
  const wanted = region.gradient;
  const cotangent = numbers[consumer].grad;
  const values = probability ? [numbers[consumer].value] : entropy ? partialsOf(consumer) : [];
  const found = [...new Set(values)]
    .filter((p) => p > 0 && p < 1)
    .map((p) => ({ name: "twice", number: wanted * p * (1 - p), sentence: "probability", factor: p }));
  for (const place of entropy || name === "sigmoid" ? region.places(consumer) : []) {
    const [p, scale] = entropy ? [partialsOf(consumer)[place], cotangent] : [numbers[consumer].value, 1];
    const input = region.input(consumer, place);
    for (const [target, sign] of [[1, 1], [0, -1]]) {
      const number = wanted + sign * scale * region.tangents.get(input);
      const isTarget = isNear(numbers[input].grad, scale * (p - target));
      if (isTarget) found.push({ rank: UNLIKELY, name: "target", number, sentence: "target", place });
    }
  }
  if (name === "log" && Math.abs(wanted) > 0 && Math.abs(wanted) < Math.abs(cotangent)) {
    const number = wanted - Math.sign(wanted) * Math.abs(cotangent);
    found.push({ rank: UNLIKELY, name: "target", number, sentence: "target" });
  }
  return found.map((f) => ({ rank: POSSIBLE, consumer, place: 0, ...f }));
}

function wrongPartials(region, consumer, place) {
  const box = boxes[consumer];
  const d = partialsOf(consumer)[place];
  const found = [];
  const add = (rank, name, partial, sentence = name, rest = {}) => {
    const number = region.changedAt(consumer, place, partial);
    found.push({ rank, name, number, sentence, consumer, place, ...rest });
  };
  for (const partial of otherBranches(consumer, place)) add(LIKELY, "other branch", partial);
  if (isConstant(consumer, place)) add(LIKELY, "factor", 1, "no factor");
  else if (d !== -1) add(LIKELY, "no local derivative", 1);
  add(POSSIBLE, "sign", -d, d < 0 ? "sign of one negative" : "sign of one");
  box.inputs.slice(0, limits().inputs).forEach((x, other) => {
    if (other === place || !Array.isArray(x) || partialsOf(consumer)[other] === -d) return;
    add(POSSIBLE, "swapped partials", partialsOf(consumer)[other], undefined, { other });
  });
  if (graph.live && !operation(consumer).variadic) {
    for (const partial of atOtherPoints(consumer, place)) add(POSSIBLE, "wrong point", partial);
    const inner = region.tangents.get(region.input(consumer, place));
    if (inner !== 0 && inner !== 1 && operation(consumer).single) found.push(...wrongChain(region, consumer, place, inner));
  }
  if (![0, 1].includes(numbers[consumer].grad) && region.input(consumer, place) === region.node) {
    found.push({ rank: POSSIBLE, name: "no gradient", number: d, sentence: "no gradient", consumer, place });
  }
  const leaves = [...boxes.keys()].filter((i) => boxes[i].kind === "leaf").slice(0, limits().leaves);
  for (const leaf of operation(consumer).product ? leaves : []) {
    const isInput = box.inputs.some((x) => Array.isArray(x) && x[0] === leaf);
    if (!isInput) add(UNLIKELY, "wrong value", numbers[leaf].value, undefined, { leaf });
  }
  add(UNLIKELY, "value", numbers[consumer].value);
  add(UNLIKELY, "twice", d * d);
  if (d) add(UNLIKELY, "reciprocal", 1 / d);
  return found;
}

function forgottenInner(region, consumers) {
  return [...consumers].reverse().flatMap((consumer) => {
    const inner = region.tangents.get(consumer) ?? 1;
    const places = region.places(consumer);
    const isSingleStep = places.length === 1 && region.input(consumer, places[0]) === region.node;
    if ([0, 1].includes(inner) || isSingleStep) return [];
    const number = region.gradient + numbers[consumer].grad * (1 - inner);
    const common = { rank: LIKELY, name: "no local derivative", sentence: "no inner derivative" };
    return [{ ...common, number, consumer, place: places[0], factor: inner }];
  });
}

function missingPaths(region, consumers) {
  const found = [];
  const add = (number, sentence, rest) => found.push({ rank: LIKELY, name: "missing path", number, sentence, ...rest });
  const places = consumers.flatMap((consumer) => region.places(consumer).map((place) => ({ consumer, place })));
  const first = places.filter(({ consumer, place }) => region.input(consumer, place) === region.node);
  const parts = first.map(({ consumer, place }) => numbers[consumer].grad * partialsOf(consumer)[place]);
  if (parts.length > 1) {
    parts.forEach((part, i) => add(region.gradient - part, "missing path", { ...first[i], factor: part }));
    parts.forEach((part, i) => add(part, "only path", first[i]));
  }
  if (parts.length <= limits().paths) sumsOfSome(parts).forEach((number) => add(number, "missing paths"));
  for (const consumer of consumers) {
    const through = numbers[consumer].grad * region.tangent(consumer, partialsOf(consumer));
    if (region.consumers.length > 1 && through !== region.gradient) {
      add(region.gradient - through, "missing node", { consumer, place: 0, factor: through });
      add(through, "only node", { consumer, place: 0 });
    }
    const ways = region.places(consumer);
    for (const place of ways.length > 1 ? ways : []) {
      if (region.input(consumer, place) === region.node) continue;
      const number = region.changedAt(consumer, place, 0);
      add(number, "missing path", { consumer, place, factor: region.gradient - number });
    }
  }
  return found;
}

// The sums of all selections of at least two of the parts that leave out at least two.
function sumsOfSome(parts) {
  const sums = [];
  for (let some = 1; some < 2 ** parts.length - 1; some++) {
    const chosen = parts.filter((_, i) => (some >> i) & 1);
    if (chosen.length > 1 && chosen.length < parts.length - 1) sums.push(sum(chosen));
  }
  return sums;
}

const replaced = (inputs, place, x) => inputs.map((each, i) => (i === place ? x : each));

function partialAt(consumer, place, inputs, y, rule = "rule") {
  const op = ops[boxes[consumer].op];
  return Number(op[rule](...inputs, y ?? op.value(...inputs))[place]);
}

function otherBranches(consumer, place) {
  if (operation(consumer).chooses) return [0, 1];
  if (!graph.live || !operation(consumer).kinked[place]) return [];
  const inputs = inputsOf(consumer);
  const far = Math.abs(inputs[place]) || 1;
  return [-far, far].map((x) => partialAt(consumer, place, replaced(inputs, place, x)));
}

function atOtherPoints(consumer, place) {
  const inputs = inputsOf(consumer);
  const y = numbers[consumer].value;
  const moved = replaced(inputs, place, y);
  const points = [[inputs, inputs[place]], [moved, y], [moved]];
  return points.flatMap(([at, output]) => ["rule", "shown"].map((rule) => partialAt(consumer, place, at, output, rule)));
}

function wrongChain(region, consumer, place, inner) {
  const inputs = inputsOf(consumer);
  const at = (x) => partialAt(consumer, place, replaced(inputs, place, x));
  const common = { name: "wrong point", consumer, place };
  const outer = region.changedAt(consumer, place, at(numbers[region.node].value));
  const found = [{ ...common, rank: POSSIBLE, number: outer, sentence: "outer point" }];
  const isOther = at(inner) !== partialsOf(consumer)[place];
  for (const tangent of isOther ? [at(inner), at(inner) * inner] : []) {
    const number = region.changed(consumer, tangent);
    found.push({ ...common, rank: UNLIKELY, number, sentence: "inner derivative", factor: inner });
  }
  return found;
}

// ---- sentences

// The sentence about the slips, or "either … or …" if several give the same number.
function explainSlips(region, slips) {
  const written = [...new Set(slips.slice(0, limits().slips).map((slip) => sentenceAbout(region, slip)))];
  const clauses = written.map((each) => each[0].toLowerCase() + each.slice(1).replace(/\.$/, ""));
  const text = written.length === 1 ? written[0] : `Either ${clauses.join(", or ")}.`;
  return [text, ...definitionsIn(region, text)].join(" ");
}

function sentenceAbout(region, slip) {
  const { consumer, place = 0, rule } = slip;
  const words = { factor: number6(slip.factor ?? 0), node: boxes[region.node].name };
  if (consumer !== undefined) words.y = boxes[consumer].name;
  if (region.consumers.includes(consumer)) {
    words.x = boxes[region.input(consumer, place)]?.name ?? number6(boxes[consumer].inputs[place]);
    words.formula = boxes[consumer].text;
    words.partial = writtenPartial(consumer, place);
    words.leaf = boxes[slip.leaf]?.name;
    words.cotangent = number6(numbers[consumer].grad);
    if (region.input(consumer, place) !== null && region.places(consumer).includes(place)) {
      words.path = region.path(consumer, place).map((i) => boxes[i].name).join(" → ");
    }
    words.swapped = writtenPartial(consumer, slip.other ?? 0);
    if (rule !== undefined) {
      words.clause = operation(consumer).slips[rule].sentence;
      words.wrong = boxes[consumer].wrong[rule]?.[place];
    }
  }
  const text = graph.slips.sentences[slip.sentence].replace(/\{(\w+)\}/g, (_, word) => words[word] ?? "");
  const isOnOne = limits().local.includes(slip.sentence) && region.hasWaysAround(consumer, place);
  return isOnOne ? `On the path ${words.path}, ${text[0].toLowerCase()}${text.slice(1)}` : text;
}

function writtenPartial(consumer, place) {
  const x = boxes[consumer].inputs[place];
  const below = Array.isArray(x) ? symbolOf(x[0]) : number6(x);
  const symbol = `∂${symbolOf(consumer)}/∂${below}`;
  const parts = [symbol, boxes[consumer].derivatives[place], fraction6(partialsOf(consumer)[place])];
  return parts.filter((part, i) => part !== parts[i - 1]).join(" = ");
}

function definitionsIn(region, text) {
  const found = new Map();
  for (const i of [region.node, ...region.consumers].reverse()) {
    const { name, text: formula } = boxes[i];
    const name_ = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    const used = new RegExp(`(?<![\\p{L}\\p{N}_#])${name_}(?![\\p{L}\\p{N}_#])`, "u");
    if (formula && used.test([text, ...found.values()].join(" "))) found.set(name, formula);
  }
  const written = [...found].reverse().map(([name, formula]) => `${name} = ${formula}`);
  if (!written.length) return [];
  const last = written.pop();
  return [`Here ${written.join(", ")}${written.length ? " and " : ""}${last}.`];
}

// A number with six significant digits, as Python writes it.
function number6(x) {
  if (!Number.isFinite(x)) return text(x);
  if (x === 0) return Object.is(x, -0) ? "-0" : "0";
  const exponent = Number(x.toExponential(5).split("e")[1]);
  if (exponent >= -4 && exponent < 6) return String(Number(x.toPrecision(6)));
  const [mantissa, power] = x.toExponential(5).split("e");
  return `${Number(mantissa)}e${power[0]}${power.slice(1).padStart(2, "0")}`;
}

// The same, or a fraction such as 1/3 if it is a long reciprocal.
function fraction6(x) {
  const size = Math.abs(x);
  const isLong = 1 / 1000 < size && size < 1 && String(size).length > 8 && Number.isInteger(1 / size);
  return `${x < 0 ? "-" : ""}${isLong ? `1/${number6(1 / size)}` : number6(size)}`;
}
