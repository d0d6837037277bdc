/** Line icons, drawn for a 20 by 20 field. */
const shapes = {
  start: "M3 10.5 10 4l7 6.5M5 9v7.5h10V9",
  credentials: "M7.5 12.5a3.5 3.5 0 1 1 2.9-5.5L17 7v3h-2v2h-2.5v-2h-1.6a3.5 3.5 0 0 1-3.4 2.5M7 9h.01",
  models: "M10 3 3.5 6.5 10 10l6.5-3.5zM3.5 10 10 13.5l6.5-3.5M3.5 13.5 10 17l6.5-3.5",
  keys: "M12.5 3.5a4 4 0 1 0-3.2 6.4L8 11.5H6.5V13H5v1.5H3v-2L7.6 8M13.5 6.5h.01",
  connectors: "M7 3v4M13 3v4M5 7h10v3a5 5 0 0 1-10 0zM10 15v3",
  configs: "M5 4v4M5 12v4M15 4v2M15 10v6M10 4v7M10 15v1M3 8h4v4H3zM13 6h4v4h-4zM8 11h4v4H8z",
  playground: "M4 4h12v9H9l-4 3.5V13H4zM8 8.5h4",
  audit: "M6 3h8v14H6zM8.5 7h3M8.5 10h3M8.5 13h2",
  settings:
    "M10 7a3 3 0 1 0 0 6 3 3 0 0 0 0-6M10 2.5v2M10 15.5v2M2.5 10h2M15.5 10h2M4.7 4.7l1.4 1.4M13.9 13.9l1.4 1.4M4.7 15.3l1.4-1.4M13.9 6.1l1.4-1.4",
  guardrails: "M10 3l6 2.500v4c0 3.800-2.500 6.500-6 7.500-3.500-1-6-3.700-6-7.500v-4zM7.500 10l2 2 3.500-4",
  prompts: "M6 3.500h8v13H6zM8.500 7.500c1 0 1 2.500 0 2.500M11.500 7.500c-1 0-1 2.500 0 2.500M8.500 13h3",
  limits: "M3.500 14.500a7 7 0 1 1 13 0M10 12.500l3.500-4M10 12.500h.01",
  traces: "M3 5h7M6 10h8M11 15h6",
  logs: "M4 5h12M4 10h12M4 15h8",
  analytics: "M3.5 16.500h13M5.500 13.500v-4M10 13.500v-9M14.500 13.500v-6",
  copy: "M7 7h9v9H7zM4 13V4h9",
  check: "m4 10.5 4 4 8-9",
  cross: "m5 5 10 10M15 5 5 15",
  plus: "M10 4v12M4 10h12",
  more: "M4.5 10h.01M10 10h.01M15.5 10h.01",
  down: "m5 8 5 5 5-5",
  warning: "M10 3 2.5 16.5h15zM10 8v4M10 14.3h.01",
  search: "M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M13 13l4 4",
  menu: "M3 5.5h14M3 10h14M3 14.5h14",
  external: "M8 4H4v12h12v-4M11 4h5v5M16 4l-7 7",
  person: "M10 3.5a3 3 0 1 0 0 6 3 3 0 0 0 0-6M4 17c.5-3.5 3-5 6-5s5.5 1.500 6 5",
  skip: "M4 10h12",
  refresh: "M16 5v4h-4M4 15v-4h4M15.500 9A6 6 0 0 0 5 6.500M4.500 11A6 6 0 0 0 15 13.500",
  play: "M6 4v12l10-6z",
} as const;

export type IconName = keyof typeof shapes;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={shapes[name]} />
    </svg>
  );
}
