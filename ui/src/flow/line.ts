// The line between two cards: down, across, down, with round corners.

/** Where lines turn: just below where they part, or just above where they meet. */
export type Turn = "early" | "late";

const RADIUS = 12;
const ROOM = 13;

export function linePath(x1: number, y1: number, x2: number, y2: number, turn: Turn): string {
  if (Math.abs(x2 - x1) < 0.5) return `M ${x1} ${y1} L ${x2} ${y2}`;
  const room = Math.min(ROOM, (y2 - y1) / 2);
  const y = turn === "early" ? y1 + room : y2 - room;
  const side = Math.sign(x2 - x1);
  const first = Math.min(RADIUS, Math.abs(x2 - x1) / 2, Math.max(y - y1, 0));
  const second = Math.min(RADIUS, Math.abs(x2 - x1) / 2, Math.max(y2 - y, 0));
  return (
    `M ${x1} ${y1} L ${x1} ${y - first} Q ${x1} ${y} ${x1 + side * first} ${y} ` +
    `L ${x2 - side * second} ${y} Q ${x2} ${y} ${x2} ${y + second} L ${x2} ${y2}`
  );
}
