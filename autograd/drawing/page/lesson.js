// A lesson: the first answer to each question counts, and a code contains these answers, to hand them in.
const lesson = JSON.parse($("lesson-data").textContent);
const firsts = new Map(); // the first answer for each box that is asked for: a number, or null if it was shown
const rights = new Set(); // the boxes whose first answer was right

function record(box, answer, isRight) {
  if (!(box in lesson.asked) || firsts.has(box)) return;
  firsts.set(box, answer);
  if (isRight) rights.add(box);
  showScore();
}

function showScore() {
  const total = Object.keys(lesson.asked).length;
  $("score").textContent = `Score: ${rights.size} of ${total}`;
  $("code").value = firsts.size ? codeOf(firsts) : "";
  $("done").textContent = firsts.size === total ? "All questions are answered: hand in the code." : "";
}

// "chainrule-" and the answers as JSON in the URL-safe base64 alphabet.
function codeOf(answers) {
  const given = [...answers].filter(([, answer]) => answer !== null);
  const named = Object.fromEntries(given.map(([box, answer]) => [lesson.asked[box], String(answer)]));
  const bytes = new TextEncoder().encode(JSON.stringify(named));
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return `chainrule-${btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "")}`;
}

$("question").addEventListener("submit", () => {
  const answer = numberIn($("answer").value);
  if (answer !== null && Number.isFinite(answer)) {
    record(steps[now].box, answer, $("verdict").dataset.verdict === "right");
  }
});
$("show").addEventListener("click", () => record(steps[now].box, null, false), { capture: true });
$("code").addEventListener("focus", () => $("code").select());

$("leaves").hidden = true; // the questions are about these numbers
$("predict").checked = true;
$("predict").disabled = true; // the gradients stay hidden until they are answered
$("predict").dispatchEvent(new Event("change"));
showScore();
