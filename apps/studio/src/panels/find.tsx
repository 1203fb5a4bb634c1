import { BrainCircuit, Play, PlayCircle } from "lucide-preact";
import { useEffect, useRef } from "preact/hooks";
import { Button, Checkbox, FileButton, Slider } from "../components/controls.js";
import { inWords } from "../components/in-words.js";
import type { SampleId } from "../images/samples.js";
import { chooseNetwork, openNetworkFiles } from "../state/networks.js";
import {
  allPlanes,
  isAsFound,
  planeInView,
  segmentPlanes,
  setOutput,
  type Target,
} from "../state/segmenting.js";
import {
  chosenNetwork,
  current,
  items,
  job,
  labelFill,
  labelOpacity,
  network,
  networks,
  output,
  pace,
  showLabels,
} from "../state/store.js";
import { pixels } from "../state/workers.js";

/** Choosing a network, segmenting, and how scores become objects. */
export function Find() {
  const ready = network.value !== undefined && current.value !== undefined && job.value === undefined;
  const all = allPlanes();
  return (
    <>
      <section>
        <h2>Network</h2>
        <Networks />
        <FileButton icon={BrainCircuit} accept=".zip,.json,.bin" onFiles={openNetworkFiles}>
          Open a network
        </FileButton>
        <p class="hint">A zip from here, or the files model.json and weights.bin that unet train writes.</p>
      </section>
      <section>
        <h2>Find objects</h2>
        <div class="row">
          <Button icon={Play} kind="primary" disabled={!ready} onClick={() => segmentPlanes(planeInView())}>
            Segment this
          </Button>
          <Button
            icon={PlayCircle}
            disabled={!ready || all.length === 0}
            onClick={() => segmentPlanes(allPlanes())}
          >
            {`All${all.length > 0 ? ` (${all.length})` : ""}`}
          </Button>
        </div>
        {items.value.length > 0 && (
          <p class="hint">All leaves out what you have corrected or drawn{estimateOf(all)}.</p>
        )}
        <Output />
      </section>
      <section>
        <h2>Show</h2>
        <Checkbox value={showLabels}>
          Objects over the image <kbd>H</kbd>
        </Checkbox>
        <Slider
          label="Opacity"
          value={labelOpacity.value}
          min={0.1}
          max={1}
          step={0.05}
          shown={percent(labelOpacity.value)}
          onInput={(value) => {
            labelOpacity.value = value;
          }}
        />
        <Slider
          label="Inside of objects"
          value={labelFill.value}
          min={0}
          max={1}
          step={0.05}
          shown={labelFill.value === 0 ? "outlines only" : percent(labelFill.value)}
          onInput={(value) => {
            labelFill.value = value;
          }}
        />
      </section>
    </>
  );
}

function Networks() {
  if (networks.value.length === 0) return <p class="hint">None is open yet.</p>;
  return (
    <div class="networks" role="radiogroup" aria-label="Network">
      {networks.value.map(({ id, name, about, data, info, builtIn }) => (
        <label key={id} class="network" title={data && `Trained on ${data}`}>
          <input
            type="radio"
            name="network"
            checked={chosenNetwork.value === id}
            onChange={() => chooseNetwork(id)}
          />
          {builtIn && <SamplePicture id={builtIn} />}
          <span>
            <strong>{name}</strong>
            <small>
              {about}
              {!builtIn && `; ${shortNumber(info.parameters)} weights`}
              {!info.hasTask && "; it does not say how it is used: class 1 from a half on"}
            </small>
          </span>
        </label>
      ))}
    </div>
  );
}

/** A picture of what a network is for. */
function SamplePicture({ id }: { id: SampleId }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const draw = async () => {
      const bitmap = await pixels.call("sampleThumbnail", { id });
      canvas.current?.getContext("2d")?.drawImage(bitmap, 0, 0, 96, 96);
      bitmap.close();
    };
    draw().catch(() => {});
  }, [id]);
  return <canvas ref={canvas} class="thumbnail" width={96} height={96} />;
}

/** Threshold and smallest object: they act at once, on the scores that are kept. */
function Output() {
  const out = output.value;
  if (!out) return null;
  const live = isAsFound.value;
  return (
    <>
      <Slider
        label="Threshold"
        value={out.threshold}
        min={0.02}
        max={0.98}
        step={0.01}
        shown={out.threshold.toFixed(2)}
        onInput={(threshold) => setOutput({ threshold })}
      />
      <Slider
        label="Smallest object"
        value={Math.sqrt(out.minimumSize)}
        min={0}
        max={50}
        step={0.5}
        shown={`${Math.round(out.minimumSize)} px`}
        onInput={(side) => setOutput({ minimumSize: Math.round(side * side) })}
      />
      <p class="hint">
        {live
          ? "They act at once on this image, and on those that are segmented from now on."
          : "They act on what is segmented from now on; on an image at once, until it is corrected."}
      </p>
    </>
  );
}

/** How long segmenting takes, by the pace of the last time. */
function estimateOf(targets: readonly Target[]): string {
  if (pace.value === undefined || targets.length < 2) return "";
  const pixels = targets.reduce((sum, { item }) => sum + item.info.width * item.info.height, 0);
  return `; it takes about ${inWords(pixels * pace.value)}`;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

function shortNumber(count: number): string {
  return count >= 1e6 ? `${(count / 1e6).toFixed(1)} million` : count.toLocaleString("en");
}
