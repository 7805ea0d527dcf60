// Amounts by day as bars, drawn by hand in the tokens of the theme; the same as a table for screen readers, and for
// whoever wants the figures.
import { useId, useLayoutEffect, useRef, useState, type ReactNode } from "react";
import { cx } from "../lib/classes";
import { Button } from "./button";

export interface DayValue {
  day: string;
  value: number;
}

interface DayChartProps<T extends DayValue> {
  /** What is drawn, such as "Spending by day". */
  title: string;
  days: T[];
  /** An amount, with so many digits behind the point; by itself with as many as it needs. */
  amount: (value: number, places?: number) => string;
  dayName: (day: string, year?: boolean) => string;
  /** What else the table has of each day. */
  columns: { title: string; of: (day: T) => ReactNode }[];
  /** The last day still goes on. */
  open: boolean;
  onPick?: (day: string) => void;
}

const HEIGHT = 220;
const TOP = 10;
const BOTTOM = 24;
/** How far dates below the bars are apart at least, half of what one takes, and the width of a digit beside them. */
const DATE = 58;
const HALF = 19;
const DIGIT = 6.6;

export function DayChart<T extends DayValue>(props: DayChartProps<T>) {
  const { title, days, amount, dayName, columns, open, onPick } = props;
  const [table, setTable] = useState(false);
  const [at, setAt] = useState<number | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const gradient = useId();

  const { top, ticks, places } = scale(Math.max(0, ...days.map(({ value }) => value)));
  const labels = ticks.map((tick) => amount(tick, places));
  const left = Math.ceil(Math.max(...labels.map((label) => label.length)) * DIGIT) + 10;
  const slot = Math.max(0, width - left) / Math.max(1, days.length);
  const bar = Math.max(1, Math.min(44, slot * 0.72));
  const y = (value: number) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top);
  const x = (index: number) => left + slot * (index + 0.5);
  const dated = everySo(days.length, slot);
  const shown = at === null ? undefined : days[at];

  return (
    <figure className="min-w-0">
      <figcaption className="mb-2 flex flex-wrap items-center justify-between gap-2">
        <h2>{title}</h2>
        <Button small look="quiet" className="-mr-2.5" aria-expanded={table} onClick={() => setTable(!table)}>
          {table ? "Hide the table" : "Show as a table"}
        </Button>
      </figcaption>
      <div ref={box} className="relative min-w-0" style={{ height: HEIGHT }}>
        {width > 0 && (
          <svg aria-hidden width={width} height={HEIGHT} className="block overflow-visible text-[12px]" onPointerLeave={() => setAt(null)}>
            <defs>
              <pattern id={gradient} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                <rect width="6" height="6" className="fill-accent" opacity="0.35" />
                <rect width="3" height="6" className="fill-accent" />
              </pattern>
            </defs>
            {ticks.map((tick, index) => (
              <g key={tick}>
                <line x1={left} x2={width} y1={y(tick)} y2={y(tick)} className={tick === 0 ? "stroke-edge/60" : "stroke-line"} shapeRendering="crispEdges" />
                <text x={left - 8} y={y(tick) + 4} textAnchor="end" className="fill-faint tabular-nums">
                  {labels[index]}
                </text>
              </g>
            ))}
            {days.map(({ day, value }, index) => (
              <g key={day} onPointerEnter={() => setAt(index)} onPointerDown={() => setAt(index)} onClick={() => onPick?.(day)} className={cx(onPick && "cursor-pointer")}>
                <rect x={left + slot * index} y={TOP} width={slot} height={HEIGHT - TOP - BOTTOM} className={at === index ? "fill-sunken" : "fill-transparent"} />
                {value > 0 && (
                  <path
                    d={column(x(index) - bar / 2, y(value), bar, HEIGHT - BOTTOM - y(value))}
                    fill={open && index === days.length - 1 ? `url(#${gradient})` : undefined}
                    className={cx(!(open && index === days.length - 1) && "fill-accent", at !== null && at !== index && "opacity-55")}
                  />
                )}
                {dated(index) && (
                  <text x={Math.min(x(index), width - HALF)} y={HEIGHT - 6} textAnchor="middle" className="fill-faint">
                    {dayName(day)}
                  </text>
                )}
              </g>
            ))}
          </svg>
        )}
        {shown && at !== null && (
          <div
            aria-hidden
            className="pointer-events-none absolute top-0 z-10 rounded-lg border border-line bg-raised px-2.5 py-1.5 text-[0.84rem] whitespace-nowrap shadow-card"
            style={x(at) > width / 2 ? { right: width - x(at) + slot / 2 + 6 } : { left: x(at) + slot / 2 + 6 }}
          >
            <p className="text-soft">{dayName(shown.day, true)}{open && at === days.length - 1 && ", so far"}</p>
            <p className="font-semibold tabular-nums">{amount(shown.value)}</p>
            {columns.map((each) => (
              <p key={each.title} className="text-soft tabular-nums">
                {each.title}: {each.of(shown)}
              </p>
            ))}
          </div>
        )}
      </div>
      {/* Always there for screen readers. */}
      <div className={table ? "mt-4 max-h-96 overflow-auto rounded-lg border border-line" : "sr-only"} {...(table && { tabIndex: 0, role: "region", "aria-label": `${title}, as a table` })}>
        <table className="w-full text-[0.9rem] tabular-nums">
          <caption className="sr-only">{title}</caption>
          <thead>
            <tr className="text-left text-soft">
              <th scope="col" className="px-3 py-1.5 font-medium">Day</th>
              {columns.map((each) => (
                <th key={each.title} scope="col" className="px-3 py-1.5 text-right font-medium">{each.title}</th>
              ))}
              <th scope="col" className="px-3 py-1.5 text-right font-medium">Cost</th>
            </tr>
          </thead>
          <tbody>
            {days.toReversed().map((day) => (
              <tr key={day.day} className="border-t border-line">
                <th scope="row" className="px-3 py-1 text-left font-normal whitespace-nowrap">
                  {onPick && table ? (
                    <button type="button" className="underline decoration-edge/60 underline-offset-2 hover:text-accent" onClick={() => onPick(day.day)}>
                      {dayName(day.day, true)}
                    </button>
                  ) : (
                    dayName(day.day, true)
                  )}
                </th>
                {columns.map((each) => (
                  <td key={each.title} className="px-3 py-1 text-right text-soft">{each.of(day)}</td>
                ))}
                <td className="px-3 py-1 text-right">{amount(day.value, Math.max(places, 4))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  );
}

/** A round amount above the largest, and the lines below it. */
function scale(largest: number): { top: number; ticks: number[]; places: number } {
  if (largest <= 0) return { top: 1, ticks: [0], places: 0 };
  const rough = largest / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((each) => each * power >= rough) ?? 10) * power;
  const many = Math.ceil(largest / step - 1e-9);
  const ticks = Array.from({ length: many + 1 }, (_, index) => index * step);
  // As many digits as the step needs; whole dollars need none, parts of one at least two.
  let places = 0;
  while (places < 8 && Math.abs(step - Number(step.toFixed(places))) > step * 1e-6) places += 1;
  return { top: many * step, ticks, places: places === 1 ? 2 : places };
}

/** Which days have their date below them: as many as there is room for, counted from the last. */
function everySo(count: number, slot: number): (index: number) => boolean {
  const step = [1, 2, 7, 14, 28, 56, 112].find((each) => each * slot >= DATE) ?? count;
  return (index) => (count - 1 - index) % step === 0;
}

/** A bar with its upper corners rounded, which is never too low to be seen. */
function column(x: number, y: number, width: number, height: number): string {
  const high = Math.max(height, 1.5);
  const top = y + height - high;
  const round = Math.min(4, width / 2, high);
  return `M${x} ${top + high}V${top + round}Q${x} ${top} ${x + round} ${top}H${x + width - round}Q${x + width} ${top} ${x + width} ${top + round}V${top + high}Z`;
}

function useWidth(box: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    setWidth(element.clientWidth);
    const resized = new ResizeObserver(() => setWidth(element.clientWidth));
    resized.observe(element);
    return () => resized.disconnect();
  }, [box]);
  return width;
}
