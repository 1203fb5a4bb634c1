import { GraduationCap, Pause, Play, Square, Trash2 } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";
import { Button, Checkbox } from "../components/controls.js";
import { Lines } from "../components/lines.js";
import { show } from "../state/images.js";
import { job, network } from "../state/store.js";
import {
  curve,
  type Example,
  examples,
  findInterrupted,
  finish,
  forget,
  goOn,
  interrupted,
  pause,
  roles,
  showPreview,
  startTraining,
} from "../state/training.js";
import type { Role } from "../workers/training.js";

/** Learning from what was corrected. */
export function Train() {
  const [start, setStart] = useState<"network" | "nothing">("network");
  const [amount, setAmount] = useState(1);
  const [unit, setUnit] = useState<"minutes" | "steps">("minutes");
  const from = start === "network" && network.value ? "network" : "nothing";
  const learnt = examples.value.filter(({ key }) => (roles.value[key] ?? "learn") === "learn");
  const isTraining =
    job.value !== undefined && curve.value !== undefined && /^(Step|Preparing)/.test(job.value.title);
  useEffect(() => {
    if (!job.value) void findInterrupted().catch(() => {});
  }, []);
  return (
    <>
      {interrupted.value && !job.value && (
        <section class="callout">
          <h2>A training was interrupted</h2>
          <p class="hint">“{interrupted.value.name}” goes on exactly where it was kept last.</p>
          <div class="row">
            <Button icon={Play} kind="primary" onClick={goOn}>
              Go on
            </Button>
            <Button icon={Trash2} onClick={forget}>
              Discard
            </Button>
          </div>
        </section>
      )}
      <section>
        <h2>Learn from</h2>
        {examples.value.length === 0 ? (
          <p class="hint">
            Correct what was found in an image, or draw its objects: then a network can learn from it. Three
            images are a good start.
          </p>
        ) : (
          <ul class="examples">
            {examples.value.map((example) => (
              <ExampleRow key={example.key} example={example} />
            ))}
          </ul>
        )}
      </section>
      <section>
        <h2>Start from</h2>
        <fieldset class="segmented">
          <legend class="hidden">Start from</legend>
          <label>
            <input
              type="radio"
              name="start"
              checked={from === "network"}
              disabled={!network.value}
              onChange={() => setStart("network")}
            />
            <span>{network.value?.name ?? "a network"}</span>
          </label>
          <label>
            <input
              type="radio"
              name="start"
              checked={from === "nothing"}
              onChange={() => setStart("nothing")}
            />
            <span>Nothing</span>
          </label>
        </fieldset>
        <p class="hint">
          {from === "network"
            ? "Learns a little more; a minute is often enough."
            : "A new network needs ten minutes or more, and more images."}
        </p>
        <div class="row">
          <label class="inline">
            For
            <input
              type="number"
              min={1}
              max={unit === "minutes" ? 600 : 100000}
              value={amount}
              onInput={(event) => setAmount(event.currentTarget.valueAsNumber || 1)}
            />
          </label>
          <label>
            <span class="hidden">Minutes or steps</span>
            <select value={unit} onChange={(event) => setUnit(event.currentTarget.value as typeof unit)}>
              <option value="minutes">minutes</option>
              <option value="steps">steps</option>
            </select>
          </label>
          <Button
            icon={GraduationCap}
            kind="primary"
            disabled={learnt.length === 0 || job.value !== undefined}
            onClick={() =>
              startTraining(from, unit === "minutes" ? { minutes: amount } : { steps: Math.round(amount) })
            }
          >
            Train
          </Button>
        </div>
      </section>
      <Progress isTraining={isTraining} />
    </>
  );
}

function ExampleRow({ example: { key, id, name, plane, objects } }: { example: Example }) {
  return (
    <li>
      <button type="button" class="link" onClick={() => show({ id, plane })}>
        {name}
        <small>
          {objects} object{objects === 1 ? "" : "s"}
        </small>
      </button>
      <label>
        <span class="hidden">What {name} is for</span>
        <select
          value={roles.value[key] ?? "learn"}
          onChange={(event) => {
            roles.value = { ...roles.value, [key]: event.currentTarget.value as Role | "none" };
          }}
        >
          <option value="learn">learn</option>
          <option value="check">check</option>
          <option value="none">leave out</option>
        </select>
      </label>
    </li>
  );
}

function Progress({ isTraining }: { isTraining: boolean }) {
  const drawn = curve.value;
  if (!drawn || drawn.losses.length === 0) return null;
  const { losses, from, steps, checks } = drawn;
  const last = losses.at(-1) as number;
  return (
    <section>
      <h2>Loss</h2>
      <Lines
        values={losses}
        from={from}
        steps={steps}
        label={`Loss over ${losses.length} steps, now ${last.toFixed(3)}`}
      />
      {checks.map(({ step, measure, value, best }) => (
        <p key={step} class="hint">
          Step {step}: {measure === "f1" ? `F1 ${value.toFixed(3)}` : `${measure} ${value.toFixed(3)}`} on the
          images to check{best ? ", the best so far" : ""}
        </p>
      ))}
      {isTraining && <Checkbox value={showPreview}>Show what it finds by now</Checkbox>}
      {isTraining && (
        <div class="row">
          <Button icon={Pause} onClick={pause}>
            Pause
          </Button>
          <Button icon={Square} onClick={finish}>
            Finish now
          </Button>
        </div>
      )}
    </section>
  );
}
