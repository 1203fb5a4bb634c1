import {
  Download,
  FileImage,
  FileJson,
  FileSpreadsheet,
  type LucideIcon,
  PackageOpen,
  Shapes,
  TableProperties,
} from "lucide-preact";
import { useState } from "preact/hooks";
import { Button } from "../components/controls.js";
import { takeProject } from "../state/project.js";
import { items, network, notify } from "../state/store.js";
import { takeAway, takeNetwork, wanted } from "../state/taking-away.js";
import type { FileKind } from "../workers/export-files.js";

const kinds: Array<{ kind: FileKind; icon: LucideIcon; name: string; about: string }> = [
  {
    kind: "labels",
    icon: FileImage,
    name: "Labels, TIFF",
    about: "the number of its object in each pixel; ImageJ and Python open it",
  },
  { kind: "picture", icon: FileImage, name: "Picture, PNG", about: "the image with outlines, to look at" },
  { kind: "rois", icon: Shapes, name: "Regions for ImageJ, zip", about: "for its ROI Manager" },
  { kind: "geojson", icon: FileJson, name: "Outlines, GeoJSON", about: "for QuPath and others" },
  {
    kind: "table",
    icon: FileSpreadsheet,
    name: "Table, CSV",
    about: "a line for each object: area, shape, grey values",
  },
];

/** Files to take away. */
export function Save() {
  const [scope, setScope] = useState<"view" | "all">("view");
  const all = wanted("all");
  const chosen = scope === "all" ? all : wanted("view");
  return (
    <>
      <section>
        <h2>Objects</h2>
        <fieldset class="segmented">
          <legend class="hidden">Of which images</legend>
          <label>
            <input type="radio" name="scope" checked={scope === "view"} onChange={() => setScope("view")} />
            <span>This image</span>
          </label>
          <label>
            <input type="radio" name="scope" checked={scope === "all"} onChange={() => setScope("all")} />
            <span>All ({all.length})</span>
          </label>
        </fieldset>
        {chosen.length === 0 && <p class="hint">There are no objects yet: segment, or draw some.</p>}
        <ul class="downloads">
          {kinds.map(({ kind, icon: Icon, name, about }) => (
            <li key={kind}>
              <button type="button" disabled={chosen.length === 0} onClick={() => takeAway(kind, scope)}>
                <Icon size={18} aria-hidden="true" />
                <span>
                  <strong>{name}</strong>
                  <small>{about}</small>
                </span>
                <Download size={16} aria-hidden="true" />
              </button>
            </li>
          ))}
        </ul>
      </section>
      <section>
        <h2>Network</h2>
        <Button
          icon={TableProperties}
          disabled={!network.value}
          onClick={() =>
            network.value &&
            takeNetwork(network.value).catch((error: Error) => notify(error.message, "error"))
          }
        >
          {network.value ? `${network.value.name}.zip` : "None is chosen"}
        </Button>
        <p class="hint">Unpacked, it is what unet predict and loadModel take, with the same result.</p>
      </section>
      <section>
        <h2>Project</h2>
        <Button
          icon={PackageOpen}
          disabled={items.value.length === 0}
          onClick={() => takeProject().catch((error: Error) => notify(error.message, "error"))}
        >
          All of this, one file
        </Button>
        <p class="hint">Images, objects and networks; it opens here again, or on another computer.</p>
      </section>
    </>
  );
}
