/** Three significant figures or so, thousands with a comma. */
export function figure(value) {
  if (value === undefined || Number.isNaN(value)) return "-";
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString("en-US");
  return size >= 10 ? value.toFixed(1) : value.toFixed(2);
}

export function table(heads, rows) {
  const line = (cellsOfRow) => `| ${cellsOfRow.join(" | ")} |`;
  const rule = heads.map((_, index) => (index === 0 ? "---" : "---:"));
  return [line(heads), `|${rule.join("|")}|`, ...rows.map(line)].join("\n");
}
