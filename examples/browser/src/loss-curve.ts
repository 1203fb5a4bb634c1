/**
 * Draws the loss of each step as a thin line and its running mean as a thick one, from the first
 * step to the last planned.
 *
 * The colours are the canvas's own: `color` the curve, `outline-color` text, `border-color` lines.
 *
 * @param losses one value a step
 * @param steps how many there will be
 */
export function drawLossCurve(canvas: HTMLCanvasElement, losses: number[], steps: number): void {
  const scale = devicePixelRatio;
  const { clientWidth: width, clientHeight: height } = canvas;
  canvas.width = width * scale;
  canvas.height = height * scale;
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  context.scale(scale, scale);
  const style = getComputedStyle(canvas);
  const ink = style.outlineColor;

  const left = 34;
  const bottom = height - 18;
  const smooth = runningMean(losses, 0.9);
  // single steps may leap out of the picture
  const top = Math.max(...smooth, 0.1) * 1.2;
  const x = (index: number) => left + ((width - left - 4) * index) / Math.max(1, steps - 1);
  const y = (loss: number) => bottom - ((bottom - 8) * Math.min(loss, top)) / top;

  context.fillStyle = ink;
  context.strokeStyle = style.borderColor;
  context.font = "11px system-ui, sans-serif";
  for (const value of [0, top / 2, top]) {
    context.textAlign = "right";
    context.fillText(value.toFixed(2), left - 6, y(value) + 4);
    line([left, width], () => y(value));
  }
  context.fillText(`step ${steps}`, width - 4, height - 2);

  context.strokeStyle = `color-mix(in srgb, ${ink} 45%, transparent)`;
  line(
    losses.map((_, index) => x(index)),
    (index) => y(losses[index]),
  );
  context.strokeStyle = style.color;
  context.lineWidth = 2;
  line(
    losses.map((_, index) => x(index)),
    (index) => y(smooth[index]),
  );

  function line(xs: number[], yOf: (index: number) => number) {
    context.beginPath();
    xs.forEach((value, index) => {
      context.lineTo(value, yOf(index));
    });
    context.stroke();
  }
}

/** Exponential running mean without bias towards its start. */
function runningMean(values: number[], keep: number): number[] {
  let sum = 0;
  let weight = 0;
  return values.map((value) => {
    sum = keep * sum + value;
    weight = keep * weight + 1;
    return sum / weight;
  });
}
