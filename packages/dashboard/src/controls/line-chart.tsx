/** Lines over time, drawn by uPlot. Their figures stand in a table for those who do not see them. */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useEffect, useRef, useSyncExternalStore } from "react";

export interface Series {
  label: string;
  /** A colour of the theme, such as `--accent`. */
  colour: string;
  values: readonly (number | null)[];
}

interface LineChartProps {
  label: string;
  /** Seconds since 1970. */
  times: readonly number[];
  series: readonly Series[];
  valueOf: (value: number) => string;
}

const heightPx = 190;

export function LineChart({ label, times, series, valueOf }: LineChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const told = JSON.stringify({ times, series });
  const words = useRef(valueOf);
  words.current = valueOf;
  const isDark = useIsDark();
  useEffect(() => {
    const { current } = place;
    if (current === null) return undefined;
    const given = JSON.parse(told) as { times: number[]; series: Series[] };
    const plot = new uPlot(
      optionsOf(current, given.series, (value) => words.current(value)),
      [given.times, ...given.series.map(({ values }) => [...values])],
      current,
    );
    const watch = new ResizeObserver(() => plot.setSize({ width: current.clientWidth, height: heightPx }));
    watch.observe(current);
    return () => {
      watch.disconnect();
      plot.destroy();
    };
    // What is drawn has the colours that it was drawn in.
  }, [told, isDark]);
  return (
    <figure className="chart" aria-label={label}>
      <div ref={place} aria-hidden="true" />
      {series.length > 1 && (
        <ul className="chart-legend">
          {series.map(({ label: name, colour }) => (
            <li key={name} style={{ ["--colour" as string]: `var(${colour})` }}>
              {name}
            </li>
          ))}
        </ul>
      )}
      <details className="more-fields">
        <summary>Figures</summary>
        <ChartTable {...{ label, times, series, valueOf }} />
      </details>
    </figure>
  );
}

const darkness = matchMedia("(prefers-color-scheme: dark)");

/** The theme as the page has it: the reader's choice on the document, or the system's. */
function useIsDark(): boolean {
  return useSyncExternalStore(
    (onChange) => {
      const watch = new MutationObserver(onChange);
      watch.observe(document.documentElement, { attributeFilter: ["data-theme"] });
      darkness.addEventListener("change", onChange);
      return () => {
        watch.disconnect();
        darkness.removeEventListener("change", onChange);
      };
    },
    () => {
      const { theme } = document.documentElement.dataset;
      return theme === undefined ? darkness.matches : theme === "dark";
    },
  );
}

const dayPart = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const hourPart = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

/** As the reader's own language writes them: the hour, and at midnight the day. */
function timesOf(seconds: readonly number[]): string[] {
  return seconds.map((at) => {
    const date = new Date(at * 1_000);
    return date.getHours() === 0 && date.getMinutes() === 0 ? dayPart.format(date) : hourPart.format(date);
  });
}

/** Of a line whose neighbours are not known there is nothing but the point. */
function lonePoints(plot: uPlot, seriesIndex: number): number[] {
  const values = plot.data[seriesIndex] ?? [];
  const isKnown = (index: number) => typeof values[index] === "number";
  return [...values.keys()].filter((index) => isKnown(index) && !isKnown(index - 1) && !isKnown(index + 1));
}

function optionsOf(place: HTMLElement, series: readonly Series[], valueOf: (value: number) => string): uPlot.Options {
  const style = getComputedStyle(place);
  const colourOf = (name: string) => style.getPropertyValue(name);
  const axis = {
    stroke: colourOf("--text-soft"),
    font: `12px ${style.fontFamily}`,
    grid: { stroke: colourOf("--line"), width: 1 },
    ticks: { show: false },
  };
  // Between one call and two there is nothing to be named.
  const isWhole = series.every(({ values }) => values.every((value) => value === null || Number.isInteger(value)));
  const fits = (tick: number) => !isWhole || Number.isInteger(tick);
  return {
    width: place.clientWidth,
    height: heightPx,
    cursor: { y: false },
    legend: { show: false },
    axes: [
      { ...axis, values: (_plot, times) => timesOf(times) },
      { ...axis, size: 96, values: (_plot, ticks) => ticks.map((tick) => (fits(tick) ? valueOf(tick) : "")) },
    ],
    series: [
      {},
      ...series.map(({ label, colour }) => ({
        label,
        stroke: colourOf(colour),
        width: 2,
        fill: series.length === 1 ? `${colourOf(colour)}1f` : undefined,
        points: { show: true, size: 6, filter: lonePoints },
      })),
    ] as uPlot.Series[],
  };
}

function ChartTable({ label, times, series, valueOf }: LineChartProps) {
  const when = new Intl.DateTimeFormat(undefined, { dateStyle: "short", timeStyle: "short" });
  return (
    <div className="table-frame chart-table" role="region" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {series.map((one) => (
              <th key={one.label} scope="col" className="number">
                {one.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times.map((at, index) => (
            <tr key={at}>
              <td data-title="Time">{when.format(new Date(at * 1_000))}</td>
              {series.map(({ label: title, values }) => {
                const value = values[index];
                return (
                  <td key={title} data-title={title} className="number">
                    {value === null || value === undefined ? "—" : valueOf(value)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
