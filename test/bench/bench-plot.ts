// Bars as SVG that read on a light and on a dark page. Pure.

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** The ends of the line that shows the spread. */
  readonly min: number;
  readonly max: number;
  readonly text: string;
  readonly isOurs: boolean;
}

export interface Chart {
  readonly title: string;
  readonly bars: readonly Bar[];
}

const width = 760;
const barHeight = 22;
const gap = 8;
const left = 190;
const right = 150;
const titleHeight = 34;

const style = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 14px }
  .bar { fill: #8c959f } .ours { fill: #1a7f5a } .spread { stroke: #1f2328; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .bar { fill: #6e7681 } .ours { fill: #3fb68b } .spread { stroke: #e6edf3 }
  }`;

/** Render charts one below the other. */
export function renderPlot(charts: readonly Chart[]): string {
  let y = 10;
  const parts = charts.map((chart) => {
    const top = y;
    const largest = Math.max(...chart.bars.map((bar) => bar.max), Number.MIN_VALUE);
    const scale = (width - left - right) / largest;
    const bars = chart.bars.map((bar, index) =>
      renderBar(bar, top + titleHeight + index * (barHeight + gap), scale),
    );
    y += titleHeight + chart.bars.length * (barHeight + gap) + 14;
    return `<text class="title" x="10" y="${top + 20}">${escapeText(chart.title)}</text>\n${bars.join('\n')}`;
  });
  const titles = charts.map((chart) => chart.title).join('; ');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" role="img" aria-label="${escapeText(titles)}">
<style>${style}
</style>
${parts.join('\n')}
</svg>
`;
}

function renderBar(bar: Bar, y: number, scale: number): string {
  const middle = y + barHeight / 2;
  const end = left + bar.value * scale;
  const [from, to] = [left + bar.min * scale, left + bar.max * scale];
  return [
    `<text x="${left - 8}" y="${middle + 4}" text-anchor="end">${escapeText(bar.label.replaceAll('`', ''))}</text>`,
    `<rect class="${bar.isOurs ? 'ours' : 'bar'}" x="${left}" y="${y}" width="${round(end - left)}" height="${barHeight}" rx="3"/>`,
    `<line class="spread" x1="${round(from)}" x2="${round(to)}" y1="${middle}" y2="${middle}"/>`,
    `<text x="${round(Math.max(end, to) + 8)}" y="${middle + 4}">${escapeText(bar.text)}</text>`,
  ].join('\n');
}

const round = (value: number): number => Math.round(value * 10) / 10;

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
