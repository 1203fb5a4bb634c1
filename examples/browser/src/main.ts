import { drawLossCurve } from "./loss-curve.js";
import type { Reply, Request } from "./messages.js";
import "./style.css";

type View = "image" | "outlines" | "probability";

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const picture = element<HTMLCanvasElement>("picture");
const train = element<HTMLButtonElement>("train");
const sample = element<HTMLButtonElement>("sample");
const status = element<HTMLOutputElement>("status");
const progress = element<HTMLProgressElement>("progress");
const viewButtons = [...document.querySelectorAll<HTMLButtonElement>("[data-view]")];

const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
let views: Partial<Record<View, ImageData>> = {};
let losses: number[] = [];
let busy = true;

worker.onmessage = ({ data }: MessageEvent<Reply>) => {
  if (data.type === "ready") {
    const { name, device, skipped } = data.backend;
    element("backend").textContent = device ? `${name} · ${device}` : name;
    element("backend").title = skipped.map((other) => `${other.name}: ${other.reason}`).join("\n");
  } else if (data.type === "picture") {
    views = { image: data.image };
    element("found").textContent = data.name;
    show("image");
  } else if (data.type === "step") {
    losses.push(data.loss);
    drawLossCurve(element("curve"), losses, data.steps);
    progress.value = data.step / data.steps;
    say(`Step ${data.step} of ${data.steps}, loss ${data.loss.toFixed(3)}`);
  } else if (data.type === "tile") {
    progress.value = data.done / data.total;
    say(`Segmenting: tile ${data.done} of ${data.total}`);
  } else if (data.type === "segmented") {
    const { outlines, probability, cells, seconds, iou } = data;
    views = { ...views, outlines, probability };
    const overlap = iou === undefined ? "" : `, IoU ${iou.toFixed(2)} with the truth`;
    element("found").textContent = `${cells} cells in ${seconds.toFixed(1)} s${overlap}`;
    show("outlines");
  } else if (data.type === "done") {
    rest(data.text);
  } else {
    rest(data.message);
    status.classList.add("error");
  }
};
worker.onerror = (event) => rest(`The worker stopped: ${event.message}`);

train.onclick = () => {
  if (busy) return worker.postMessage({ type: "stop" } satisfies Request);
  losses = [];
  ask({ type: "train", steps: element<HTMLInputElement>("steps").valueAsNumber });
  train.textContent = "Stop";
  train.disabled = false;
};
sample.onclick = () => ask({ type: "sample" });
element<HTMLInputElement>("file").onchange = (event) => open((event.target as HTMLInputElement).files?.[0]);
for (const button of viewButtons) button.onclick = () => show(button.dataset.view as View);

document.body.ondragover = (event) => {
  event.preventDefault();
  document.body.classList.add("dropping");
};
document.body.ondragleave = () => document.body.classList.remove("dropping");
document.body.ondrop = (event) => {
  event.preventDefault();
  document.body.classList.remove("dropping");
  open(event.dataTransfer?.files[0]);
};

function open(file: File | undefined): void {
  if (file && !busy) ask({ type: "open", file, name: file.name });
}

function ask(request: Request): void {
  busy = true;
  train.disabled = true;
  sample.disabled = true;
  progress.value = 0;
  say("Working…");
  worker.postMessage(request);
}

/** The worker waits for the next request. */
function rest(text: string): void {
  busy = false;
  train.textContent = "Train";
  train.disabled = false;
  sample.disabled = false;
  progress.value = 0;
  say(text);
}

function say(text: string): void {
  status.classList.remove("error");
  status.textContent = text;
}

function show(view: View): void {
  const image = views[view];
  for (const button of viewButtons) {
    button.disabled = !views[button.dataset.view as View];
    button.setAttribute("aria-pressed", String(button.dataset.view === view));
  }
  if (!image) return;
  picture.width = image.width;
  picture.height = image.height;
  picture.getContext("2d")?.putImageData(image, 0, 0);
}
