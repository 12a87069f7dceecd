// Sorting by a click on a heading, and filtering, in tables of the class "long". The page is complete without it.
for (const table of document.querySelectorAll("table.long")) {
  const body = table.tBodies[0];
  const key = (row, i) => {
    const cell = row.cells[i];
    return cell.dataset.sort !== undefined ? Number(cell.dataset.sort) : cell.textContent;
  };
  table.querySelectorAll("thead th").forEach((heading, i) => {
    const button = document.createElement("button");
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const down = heading.getAttribute("aria-sort") === "ascending";
      table.querySelectorAll("thead th").forEach((other) => other.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", down ? "descending" : "ascending");
      const compare = (a, b) => {
        const x = key(a, i), y = key(b, i);
        if (typeof x !== typeof y) return typeof x === "number" ? -1 : 1;
        return (down ? -1 : 1) * (typeof x === "number" ? x - y : x.localeCompare(y));
      };
      body.append(...[...body.rows].sort(compare));
    });
  });
  const tools = document.querySelector(`[data-filters="${table.id}"]`);
  if (!tools) continue;
  tools.hidden = false;
  const input = tools.querySelector("input"), count = tools.querySelector("output");
  input.addEventListener("input", () => {
    const wanted = input.value.toLowerCase();
    let shown = 0;
    for (const row of body.rows) {
      row.hidden = !row.textContent.toLowerCase().includes(wanted);
      shown += !row.hidden;
    }
    count.textContent = `${shown} of ${body.rows.length}`;
  });
}
