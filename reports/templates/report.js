"use strict";
// Adds sorting, filtering and the choice of another reference to the table of cells; the page works without it.
(() => {
  const table = document.getElementById("cells");
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const filter = document.getElementById("filter");
  const comparisons = JSON.parse(document.getElementById("comparisons").textContent);

  const small = (words) => Object.assign(document.createElement("small"), { className: "ratio", textContent: words });

  function compareWith(reference) {
    document.getElementById("against").textContent = comparisons.cells[reference];
    const reasons = document.querySelectorAll("#why dd");
    for (const row of rows) {
      const [word, reason, ratios] = comparisons.against[reference][row.dataset.cell];
      const mark = comparisons.marks[word];
      const cell = row.querySelector(".verdict-word");
      cell.className = `words verdict-word ${word}`;
      cell.textContent = mark ? `${mark} ${word}` : word;
      reasons[row.dataset.cell].textContent = `${word}: ${reason.map((place) => comparisons.phrases[place]).join("; ")}`;
      row.querySelectorAll(".ratio").forEach((old, metric) => {
        const [ratio, ends] = ratios[metric];
        old.replaceWith(small(ends ? `${ratio} (${ends})` : ratio));
      });
    }
  }

  function show(words) {
    const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const about = `${row.cells[0].textContent} ${row.dataset.about} ${row.cells[2].textContent}`.toLowerCase();
      row.hidden = !wanted.every((word) => about.includes(word));
      shown += !row.hidden;
    }
    document.getElementById("shown").textContent = `${shown} of ${rows.length} cells`;
  }

  const value = (row, column) => row.cells[column].dataset.sort ?? row.cells[column].textContent;

  function inOrder(a, b) {
    const [x, y] = [Number(a), Number(b)];
    return Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b) : x - y;
  }

  function sortBy(column, head) {
    const up = head.getAttribute("aria-sort") !== "ascending";
    for (const other of table.tHead.rows[0].cells) other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const known = rows.filter((row) => value(row, column) !== "");
    const unknown = rows.filter((row) => value(row, column) === "");
    known.sort((a, b) => (up ? 1 : -1) * inOrder(value(a, column), value(b, column)));
    body.append(...known, ...unknown);
  }

  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.addEventListener("click", () => sortBy(column, head));
    head.replaceChildren(button);
    head.setAttribute("aria-sort", "none");
  });
  const controls = document.getElementById("controls");
  controls.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("reference").addEventListener("change", (event) => {
    compareWith(Number(event.target.value));
    show(filter.value);
  });
  filter.addEventListener("input", () => show(filter.value));
  controls.hidden = false;
  show("");
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
})();
