"use strict";
// Shows what the lines of a chart are at the step that is pointed at, or moved to with arrow keys.
for (const plot of document.querySelectorAll(".plot:not(.still)")) {
  const readout = plot.parentElement.querySelector(".readout");
  const cursor = plot.querySelector(".cursor");
  const numbers = (name) => plot.getAttribute(name).split(" ");
  const [x0, x1, logX] = numbers("data-x");
  const across = plot.getAttribute("data-across");
  const [low, high, log] = numbers("data-y");
  const between = (from, to, fraction, ratios) => ratios
    ? from * (to / from) ** fraction
    : +from + (to - from) * fraction;
  const value = (fraction) => between(low, high, fraction, log);
  const show = (number) => Math.abs(number) < 0.005 && number !== 0
    ? number.toExponential(2)
    : number.toLocaleString("en", { maximumSignificantDigits: 4 });
  const lines = [...plot.querySelectorAll("path")].map((path) => ({
    label: path.getAttribute("data-label"),
    points: (path.getAttribute("d").match(/-?[\d.]+ -?[\d.]+/g) ?? [])
      .map((pair) => pair.split(" ").map(Number)),
  }));
  let at = 1;
  const nearest = (points, x) => {
    let first = 0;
    let last = points.length - 1;
    while (last - first > 1) {
      const middle = (first + last) >> 1;
      if (points[middle][0] <= x) first = middle; else last = middle;
    }
    return x - points[first][0] <= points[last][0] - x ? points[first] : points[last];
  };
  const point = (fraction) => {
    at = Math.min(1, Math.max(0, fraction));
    cursor.setAttribute("x1", 100 * at + "%");
    cursor.setAttribute("x2", 100 * at + "%");
    plot.classList.add("pointed");
    const place = between(x0, x1, at, logX);
    const step = across === "step" ? Math.round(place).toLocaleString("en") : show(place);
    const beside = ({ points }) => points.length > 0
      && 1000 * at > points[0][0] - 10 && 1000 * at < points.at(-1)[0] + 10;
    const values = lines.filter(beside).map((line) =>
      line.label + " " + show(value(1 - nearest(line.points, 1000 * at)[1] / 1000)));
    readout.textContent = [across + " " + step, ...values].join(" · ");
  };
  const leave = () => {
    plot.classList.remove("pointed");
    readout.textContent = "";
  };
  const follow = (event) => {
    const box = plot.getBoundingClientRect();
    point((event.clientX - box.left) / box.width);
  };
  plot.addEventListener("pointermove", follow);
  plot.addEventListener("pointerdown", follow);
  plot.addEventListener("pointerleave", leave);
  plot.addEventListener("blur", leave);
  plot.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: -0.02, ArrowRight: 0.02 }[event.key];
    if (move) {
      point(plot.classList.contains("pointed") ? at + move : at);
      event.preventDefault();
    }
  });
}
