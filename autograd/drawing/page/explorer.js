// Step through the forward and the backward pass of the graph in #graph.
const $ = (id) => document.getElementById(id);
const graph = JSON.parse($("graph").textContent, (_, x) => (x && x.number !== undefined ? Number(x.number) : x));
const boxes = graph.boxes;
const root = boxes.length - 1;
const steps = graph.steps.map(([phase, box]) => ({ phase, box }));
const firstBackward = steps.findIndex((step) => step.phase === "backward");

const forwardStep = boxes.map((_, i) => steps.findIndex((step) => step.phase === "forward" && step.box === i));
const readers = boxes.map(() => []); // for each box: the contributions to it, and the boxes they come from
boxes.forEach((box, from) => box.sends.forEach((send) => readers[send.to].push({ from, send })));

const recorded = () => boxes.map((box) => ({ value: box.value, grad: box.grad, partials: box.partials }));
let numbers = recorded(); // for each box: the numbers from Python, or those of the last recomputation
let silent = findSilent(); // for each box: true if no contribution reaches it, as behind an option not chosen
let now = 0; // the index of the current step
let timer = null;
const answered = new Set([root]); // boxes whose gradient is no longer hidden

// ---- arithmetic

function recompute(leaves) {
  numbers = recorded();
  leaves.forEach((value, box) => (numbers[box].value = value));
  boxes.forEach((box, i) => {
    if (box.op === undefined) return;
    const inputs = box.inputs.map((x) => (Array.isArray(x) ? numbers[x[0]].value : x));
    const arguments_ = operation(i).variadic ? [inputs] : inputs;
    numbers[i].value = Number(ops[box.op].value(...arguments_));
    numbers[i].partials = ops[box.op].rule(...arguments_, numbers[i].value).map(Number);
  });
  silent = findSilent();
  numbers.forEach((n) => (n.grad = 0));
  numbers[root].grad = 1;
  for (const { phase, box } of steps) {
    if (phase === "backward") sends(box).forEach((send) => (numbers[send.to].grad += send.contribution));
  }
}

// The contributions of a box and to a box. Those of groups have no local derivatives, only recorded totals.
const sends = (i) => boxes[i].sends.map((send) => withNumbers(i, send));
const arrivalsAt = (i) => readers[i].map(({ from, send }) => ({ ...withNumbers(from, send), from }));

function withNumbers(i, send) {
  if (send.slot === undefined) return send;
  const partial = numbers[i].partials[send.slot];
  const isNothing = silent[i] || isNotChosen(i, send);
  return { ...send, partial, contribution: isNothing ? 0 : numbers[i].grad * partial };
}

// An option that was not chosen gets no contribution, not even 0 times infinity.
function isNotChosen(i, { slot }) {
  return Boolean(operation(i).chooses) && numbers[i].partials[slot] === 0;
}

function findSilent() {
  const found = boxes.map((_, i) => i !== root);
  for (const { phase, box } of steps) {
    if (phase !== "backward" || found[box]) continue;
    for (const send of boxes[box].sends) if (!isNotChosen(box, send)) found[send.to] = false;
  }
  return found;
}

// The gradients after a step: the sums of the contributions so far. At its own step, a box has its whole gradient, which
// includes contributions from nodes that are not drawn.
function sumsAfter(step) {
  const sums = boxes.map(() => 0);
  for (const { box } of steps.slice(firstBackward, Math.max(step + 1, firstBackward))) {
    if (!boxes[box].group) sums[box] = numbers[box].grad;
    for (const send of sends(box)) if (send.contribution !== null) sums[send.to] += send.contribution;
  }
  return sums;
}

// ---- writing

function text(x) {
  if (x === null || x === undefined) return "–";
  return Number.isNaN(x) ? "nan" : x === Infinity ? "inf" : x === -Infinity ? "-inf" : String(x);
}
const short = (x) => (Number.isFinite(x) ? text(Number(x.toPrecision(6))) : text(x));
const inBrackets = (x) => (x < 0 || Object.is(x, -0) ? `(${short(x)})` : short(x));

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function number(x) {
  return make("data", { value: text(x) }, short(x));
}

const MATH = "http://www.w3.org/1998/Math/MathML";

function math(code) {
  const parsed = new DOMParser().parseFromString(`<math xmlns="${MATH}">${code}</math>`, "application/xml");
  return document.importNode(parsed.documentElement, true);
}

// Write the local derivative ∂y/∂x, or with the sign d the total derivative dy/dx.
function derivative(y, x, sign = "∂") {
  const [over, under] = [y, x].map((box) => `<mrow><mi mathvariant="normal">${sign}</mi>${boxes[box].math}</mrow>`);
  return math(`<mfrac>${over}${under}</mfrac>`);
}

function row(cells, cell = "td") {
  const line = make("tr");
  for (const content of cells) line.append(make(cell, {}, ...[content].flat()));
  return line;
}

function tableOf(caption, heads, rows) {
  const table = make("table", {}, make("caption", {}, caption), make("thead", {}, row(heads, "th")));
  table.append(make("tbody", {}, ...rows));
  return table;
}

// ---- hidden gradients

const predicting = () => $("predict").checked;
const hidden = (box) => predicting() && !answered.has(box) && canBeAsked(box);

// True if the gradient can be computed from the picture, without groups and nodes that are not drawn.
function canBeAsked(box) {
  if (boxes[box].group) return false;
  const arrived = arrivalsAt(box);
  const terms = arrived.map((send) => send.contribution);
  return arrived.every((send) => send.slot !== undefined) && isNear(sum(terms), numbers[box].grad);
}

function gradientOf(box, sums) {
  return hidden(box) ? "?" : sums[box];
}

// ---- showing a step

function show(step) {
  now = Math.max(0, Math.min(step, steps.length - 1));
  const { phase, box } = steps[now];
  $("slider").value = now + 1;
  $("slider").setAttribute("aria-valuetext", `${now + 1} of ${steps.length}: ${phase}, ${boxes[box].name}`);
  const sums = sumsAfter(now);
  $("status").textContent = summary(phase, box);
  $("panel").replaceChildren(...(phase === "forward" ? forwardPanel(box) : backwardPanel(box, sums)));
  showQuestion(phase, box);
  showTable(box, sums);
  showPicture(phase, box, sums);
}

function summary(phase, box) {
  const count = phase === "forward" ? now + 1 : now - firstBackward + 1;
  const all = phase === "forward" ? firstBackward : steps.length - firstBackward;
  const name = boxes[box].name;
  const title = `${phase === "forward" ? "Forward" : "Backward"}, step ${count} of ${all}: ${name}`;
  if (boxes[box].group) return title;
  if (phase === "forward") return `${title} is ${short(numbers[box].value)}`;
  return hidden(box) ? `${title}, what is its gradient?` : `${title} has gradient ${short(numbers[box].grad)}`;
}

const computed = (box) => forwardStep[box] <= now; // leaves have their values from the start

function forwardPanel(i) {
  const box = boxes[i];
  if (box.group) return [about(box)];
  const read = [...new Set(box.inputs.filter(Array.isArray).map(([x]) => x))].filter((x) => !boxes[x].group);
  const parts = read.slice(0, 12).flatMap((x) => [math(boxes[x].math), " = ", number(numbers[x].value), ", "]);
  return [
    make("p", {}, math(box.math), " = ", math(box.formula)),
    make("p", {}, ...(parts.length ? ["where ", ...parts.slice(0, -1), read.length > 12 ? ", …" : ""] : [])),
    make("p", {}, "so ", math(box.math), " = ", number(numbers[i].value)),
  ];
}

function backwardPanel(i, sums) {
  const box = boxes[i];
  const before = sumsAfter(now - 1);
  const arrived = gradientOf(i, sums);
  const head = box.group
    ? about(box)
    : make("p", {}, "The gradient of ", math(box.math), " is complete: ", arrived === "?" ? "?" : number(arrived));
  if (hidden(i)) return [head, arrivals(i)];
  const elsewhere = box.group || i === root ? 0 : numbers[i].grad - before[i];
  if (Math.abs(elsewhere) > 1e-9 * Math.abs(numbers[i].grad)) {
    head.append("; of that, ", number(elsewhere), " comes from nodes that are not drawn");
  }
  const rows = sends(i).map((send) => {
    const to = boxes[send.to];
    const before_ = before[send.to];
    if (send.contribution !== null) before[send.to] += send.contribution;
    if (send.contribution === null) return row([to.name, `${send.count} connections`, "", ""]);
    const secret = hidden(send.to);
    const derivative = send.slot === undefined ? [`${send.count} connections`] : localDerivative(i, send, secret);
    const product = secret
      ? "?"
      : send.slot === undefined
        ? [number(send.contribution)]
        : [`${short(numbers[i].grad)} × ${inBrackets(send.partial)} = `, number(send.contribution)];
    const running = secret ? "?" : [number(before_), " → ", number(before[send.to])];
    return row([math(to.math), derivative, product, running]);
  });
  if (!rows.length) return [head];
  const heads = ["sends to", "local derivative", "gradient × local derivative", "gradient there"];
  return [head, tableOf(`Contributions of ${box.name}`, heads, rows)];
}

const about = (box) => make("p", {}, `${box.name}: ${box.holds}${predicting() ? "" : `, grad ${box.grads}`}`);

// The table for predicting the gradient of a box: the boxes that use it.
function arrivals(i) {
  const rows = arrivalsAt(i).map((send) => {
    const gradient = hidden(send.from) ? "?" : [number(numbers[send.from].grad)];
    return row([math(boxes[send.from].math), gradient, localDerivative(send.from, send, true)]);
  });
  return tableOf(`Nodes that use ${boxes[i].name}`, ["node", "its gradient", "local derivative"], rows);
}

function localDerivative(i, send, secret) {
  const parts = [derivative(i, send.to)];
  if (send.formula !== null) parts.push(" = ", math(send.formula));
  if (send.formula === null || !secret) parts.push(" = ", number(send.partial));
  return parts;
}

function showTable(current, sums) {
  const body = document.querySelector(".table tbody");
  const rows = boxes.flatMap((box, i) => {
    if (box.group) return [];
    const value = computed(i) ? [number(numbers[i].value)] : ["–"];
    const gradient = gradientOf(i, sums);
    const line = row([box.name, value, gradient === "?" ? "?" : [number(gradient)]]);
    for (const data of line.querySelectorAll("data")) data.textContent = data.value;
    if (i === current) line.setAttribute("aria-current", "step");
    return [line];
  });
  body.replaceChildren(...rows);
}

const svg = document.querySelector("#canvas svg"); // null if no program could lay out the graph
let follow; // brings a box into view

function showPicture(phase, current, sums) {
  if (!svg) return;
  document.querySelectorAll("#canvas .active").forEach((edge) => edge.classList.remove("active", "back"));
  boxes.forEach((box, i) => {
    const node = $(box.id);
    node.classList.toggle("current", i === current);
    node.classList.toggle("waiting", !computed(i));
    if (i === current) node.setAttribute("aria-current", "step");
    else node.removeAttribute("aria-current");
    if (box.group) return;
    const data = node.querySelector("text.data");
    const grad = node.querySelector("text.grad");
    const shown = gradientOf(i, sums);
    const digits = (x) => (Number.isFinite(x) ? text(Number(x.toPrecision(4))) : text(x));
    data.textContent = computed(i) ? `data ${digits(numbers[i].value)}` : "data –";
    grad.textContent = shown === "?" ? "grad ?" : `grad ${digits(shown)}`;
    const label = `${box.name}, ${data.textContent}, ${grad.textContent}`;
    node.setAttribute("aria-label", label);
    node.querySelector("title").textContent = label;
  });
  follow($(boxes[current].id));
  const asked = phase === "backward" && hidden(current);
  const pairs = asked
    ? arrivalsAt(current).map(({ from }) => [current, from])
    : boxes[current].sends.map(({ to }) => [to, current]);
  for (const [from, to] of pairs) {
    const edge = $(`${boxes[from].id}-${boxes[to].id}`);
    if (edge) edge.classList.add("active", ...(phase === "backward" ? ["back"] : []));
  }
}

// ---- predicting

function showQuestion(phase, box) {
  const asked = phase === "backward" && hidden(box);
  const again = asked && asking === now; // after a change of numbers
  asking = asked ? now : null;
  $("question").hidden = !asked;
  $("question").classList.remove("answered");
  if (!asked || again) return;
  $("answer").value = "";
  $("verdict").textContent = "";
  delete $("verdict").dataset.verdict;
  $("asked").replaceChildren("Your answer: ", derivative(root, box, "d"), " = ");
}

let asking = null; // the step whose question is open, if any

const sum = (xs) => xs.reduce((a, b) => a + b, 0);

// Return the kind of an answer for the gradient of a box, right or a slip, and the message about it.
function verdict(answer, box) {
  if (isRight(answer, box)) return ["right", "Right."];
  const region = new Region(box, answered);
  const slips = findSlips(region, answer);
  if (slips.length) return [slips[0].name, explainSlips(region, slips)];
  return ["wrong", "Not right: for each path, multiply the incoming gradient by the local derivative; then add."];
}

// ---- moving

function go(step) {
  stop();
  show(step);
}

function stop() {
  clearInterval(timer);
  timer = null;
  $("play").textContent = "▶ play";
  $("play").setAttribute("aria-pressed", "false");
}

function play() {
  if (timer) return stop();
  if (asking !== null) return $("answer").focus();
  $("play").textContent = "■ stop";
  if (now === steps.length - 1) show(0);
  $("play").setAttribute("aria-pressed", "true");
  timer = setInterval(() => {
    show(now + 1);
    if (now === steps.length - 1 || !$("question").hidden) stop();
  }, 1200);
}

const moves = {
  ArrowLeft: () => go(now - 1),
  ArrowRight: () => go(now + 1),
  Home: () => go(0),
  End: () => go(steps.length - 1),
};

document.addEventListener("keydown", (event) => {
  const typing = event.target instanceof HTMLInputElement && event.target.type !== "checkbox";
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !(event.key in moves)) return;
  event.preventDefault();
  moves[event.key]();
});

$("first").addEventListener("click", moves.Home);
$("previous").addEventListener("click", moves.ArrowLeft);
$("next").addEventListener("click", moves.ArrowRight);
$("last").addEventListener("click", moves.End);
$("play").addEventListener("click", play);
$("slider").addEventListener("input", () => go(Number($("slider").value) - 1));
$("predict").addEventListener("change", () => {
  answered.clear();
  answered.add(root);
  $("canvas").classList.toggle("predicting", predicting());
  go(predicting() ? firstBackward : now);
});
$("question").addEventListener("submit", (event) => {
  event.preventDefault();
  const box = steps[now].box;
  const answer = numberIn($("answer").value);
  const [kind, message] = answer === null ? ["no number", "Enter a number, such as -0.25 or 1/3."] : verdict(answer, box);
  if (kind === "right") {
    reveal(box);
    $("next").focus();
  }
  $("verdict").textContent = message;
  $("verdict").dataset.verdict = kind;
});

// Parse a number such as 0.5, 0,5, -1e-3, -16/2, 2*500, inf or nan; return null if it is none.
function numberIn(typed) {
  const plain = typed.trim().toLowerCase().replace(/[−–]/g, "-").replace(/[·×]/g, "*").replace(/,(?!\d{3}$)/, ".");
  const words = { inf: Infinity, "+inf": Infinity, "-inf": -Infinity, nan: NaN };
  if (plain in words) return words[plain];
  const [first, ...others] = plain.split(/([*/])/).map((part) => part.trim());
  const number = (part) => (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(part ?? "") ? Number(part) : null);
  let result = number(first);
  for (let i = 0; i < others.length && result !== null; i += 2) {
    const next = number(others[i + 1]);
    result = next === null ? null : others[i] === "*" ? result * next : result / next;
  }
  return result;
}

$("show").addEventListener("click", () => {
  reveal(steps[now].box);
  $("next").focus();
});

function reveal(box) {
  answered.add(box);
  show(now);
  $("question").hidden = false; // to show the verdict until the next step
  $("question").classList.add("answered");
}

// ---- input values

function makeField(box) {
  const field = make("input", { type: "number", step: "any", autocomplete: "off", value: text(box.value), id: `leaf-${box.id}` });
  field.disabled = !graph.live;
  field.addEventListener("input", changed);
  return make("label", {}, box.name, field);
}

function changed() {
  const leaves = new Map();
  boxes.forEach((box, i) => {
    const field = $(`leaf-${box.id}`);
    if (!field) return;
    const fine = field.value !== "" && Number.isFinite(Number(field.value));
    leaves.set(i, fine ? Number(field.value) : numbers[i].value);
    field.setAttribute("aria-invalid", String(!fine && Number.isFinite(box.value)));
  });
  try {
    recompute(leaves);
  } catch (error) {
    numbers = recorded();
    $("problem").textContent = `This page cannot compute these numbers (${error.message}). It shows those from Python.`;
  }
  show(now);
}

// Numbers can be changed only if the page computes the same numbers as Python.
function checkArithmetic() {
  const same = (a, b) => Object.is(a, b) || a === b || Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b), 1e-300);
  const python = recorded();
  try {
    recompute(new Map());
    graph.live = numbers.every(
      (n, i) => same(n.value, python[i].value) && (n.partials ?? []).every((d, k) => same(d, python[i].partials[k])),
    );
  } catch {
    graph.live = false;
  }
  numbers = python;
  silent = findSilent();
  if (!graph.live) graph.reason = "The numbers cannot be changed: this page computes other results than Python.";
}

if (graph.live) checkArithmetic();
const leaves = boxes.filter((box) => box.kind === "leaf");
$("leaves").append(...leaves.map(makeField));
if (graph.live) {
  const reset = make("button", { type: "button" }, "Reset numbers");
  reset.addEventListener("click", () => {
    leaves.forEach((box) => ($(`leaf-${box.id}`).value = text(box.value)));
    numbers = recorded();
    show(now);
  });
  $("leaves").append(reset, make("p", { id: "problem", role: "status" }));
} else {
  $("leaves").append(make("p", {}, graph.reason));
}
$("leaves").hidden = !leaves.length;

// ---- zoom and pan

function setUpZoom() {
  svg.removeAttribute("role"); // so that screen readers read its boxes one by one
  svg.removeAttribute("width");
  svg.removeAttribute("height");
  const whole = svg.viewBox.baseVal;
  const view = { x: whole.x, y: whole.y, width: whole.width, height: whole.height };
  const all = { ...view };
  const look = () => svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);

  function zoom(factor, x = view.x + view.width / 2, y = view.y + view.height / 2) {
    if (view.width * factor > 4 * all.width || view.width * factor < 20) return;
    view.x = x + (view.x - x) * factor;
    view.y = y + (view.y - y) * factor;
    view.width *= factor;
    view.height *= factor;
    look();
  }

  function pointOf(event) {
    return new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  }

  // Bring the box of the current step into view if it is outside.
  follow = (node) => {
    const box = node.getBBox();
    const at = new DOMPoint(box.x + box.width / 2, box.y + box.height / 2);
    const { x, y } = at.matrixTransform(node.parentNode.transform.baseVal.consolidate().matrix);
    if (x > view.x && x < view.x + view.width && y > view.y && y < view.y + view.height) return;
    view.x = x - view.width / 2;
    view.y = y - view.height / 2;
    look();
  };

  $("zoom-in").addEventListener("click", () => zoom(0.8));
  $("zoom-out").addEventListener("click", () => zoom(1.25));
  $("fit").addEventListener("click", () => {
    Object.assign(view, all);
    look();
  });
  svg.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return; // scroll the page
      event.preventDefault();
      const { x, y } = pointOf(event);
      zoom(event.deltaY > 0 ? 1.1 : 1 / 1.1, x, y);
    },
    { passive: false },
  );
  let grabbed = null;
  let dragged = 0; // in pixels; a click does not drag
  svg.addEventListener("pointerdown", (event) => {
    grabbed = pointOf(event);
    dragged = 0;
  });
  svg.addEventListener("pointermove", (event) => {
    if (!grabbed || !event.buttons) return;
    const { x, y } = pointOf(event);
    dragged += Math.abs(event.movementX) + Math.abs(event.movementY);
    view.x += grabbed.x - x;
    view.y += grabbed.y - y;
    look();
  });
  boxes.forEach((box, i) => {
    $(box.id).addEventListener("click", () => {
      const found = steps.findIndex((step) => step.box === i && step.phase === steps[now].phase);
      if (dragged < 5 && found >= 0) go(found);
    });
  });
  return () => { // call this once the page is shown
    const scale = Math.min(svg.clientWidth / whole.width, svg.clientHeight / whole.height);
    if (!(scale > 0 && scale < 0.5)) return;
    svg.style.minHeight = "20rem"; // too small to read: zoom in on the first step
    zoom(scale / 0.8);
    view.x = Infinity;
    follow($(boxes[steps[0].box].id));
  };
}

$("slider").max = steps.length;
$("zoom").hidden = !svg;
const lookAtStart = svg ? setUpZoom() : () => {};
show(0);
lookAtStart();
