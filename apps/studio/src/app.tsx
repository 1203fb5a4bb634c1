import { Download, GraduationCap, List, Moon, ScanSearch, Sun, Table2, X } from "lucide-preact";
import { IconButton } from "./components/controls.js";
import { Find } from "./panels/find.js";
import { Images } from "./panels/images.js";
import { Objects } from "./panels/objects.js";
import { Save } from "./panels/save.js";
import { Stage } from "./panels/stage.js";
import { Train } from "./panels/train.js";
import { backend, dismiss, notices, type Panel, panel, spoken } from "./state/store.js";
import { isDark, toggleTheme } from "./state/theme.js";

const panels = [
  { id: "images", name: "Images", icon: List },
  { id: "find", name: "Find", icon: ScanSearch },
  { id: "objects", name: "Objects", icon: Table2 },
  { id: "train", name: "Train", icon: GraduationCap },
  { id: "save", name: "Save", icon: Download },
] as const;

export function App() {
  return (
    <div class="app" data-panel={panel.value}>
      <header>
        <Mark />
        <h1 class="product">U-Net Studio</h1>
        <Backend />
        <IconButton
          icon={isDark.value ? Sun : Moon}
          label={isDark.value ? "Light" : "Dark"}
          onClick={toggleTheme}
        />
      </header>
      <Images />
      <Stage />
      <aside class="side" aria-label="What to do">
        <Tabs />
        <div class="panel" role="tabpanel" aria-labelledby={`tab-${panel.value}`}>
          {panel.value === "find" && <Find />}
          {panel.value === "objects" && <Objects />}
          {panel.value === "train" && <Train />}
          {panel.value === "save" && <Save />}
        </div>
      </aside>
      <Notices />
      <p class="hidden" aria-live="polite">
        {spoken.value}
      </p>
    </div>
  );
}

function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
      <path
        d="M5 6v11a11 11 0 0 0 22 0V6"
        fill="none"
        stroke="currentColor"
        stroke-width="5"
        stroke-linecap="round"
      />
      <circle cx="16" cy="11" r="4.5" fill="var(--second)" />
    </svg>
  );
}

/** What computes, and what was passed over. */
function Backend() {
  const started = backend.value;
  if (!started) return <span class="backend">starting…</span>;
  if ("problem" in started) return <span class="backend bad">nothing computes here: {started.problem}</span>;
  const { name, device, skipped, notes } = started;
  return (
    <details class="backend">
      <summary>
        <i aria-hidden="true" /> {name}
      </summary>
      <div class="popover">
        <p>
          Computes on <strong>{name}</strong>
          {device && `: ${device}`}.
        </p>
        {notes?.map((note) => (
          <p key={note}>{note}.</p>
        ))}
        {skipped.length > 0 && (
          <>
            <p>Would have been tried first:</p>
            <ul>
              {skipped.map(({ name, reason }) => (
                <li key={name}>
                  <strong>{name}</strong>: {reason}
                </li>
              ))}
            </ul>
          </>
        )}
        {!crossOriginIsolated && (
          <p>
            One thread only: the server of this page does not send the headers COOP and COEP, which threads
            need.
          </p>
        )}
      </div>
    </details>
  );
}

function Tabs() {
  const choose = (event: KeyboardEvent) => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (by === 0) return;
    const shown = panels.filter(({ id }) => document.getElementById(`tab-${id}`)?.offsetParent !== null);
    const index = shown.findIndex(({ id }) => id === panel.value);
    const next = shown[(index + by + shown.length) % shown.length];
    panel.value = next.id;
    document.getElementById(`tab-${next.id}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label="Panels">
      {panels.map(({ id, name, icon: Icon }) => (
        <button
          key={id}
          id={`tab-${id}`}
          type="button"
          role="tab"
          aria-selected={panel.value === id}
          tabIndex={panel.value === id ? 0 : -1}
          onKeyDown={choose}
          onClick={() => {
            panel.value = id as Panel;
          }}
        >
          <Icon size={16} aria-hidden="true" />
          {name}
        </button>
      ))}
    </div>
  );
}

function Notices() {
  return (
    <div class="notices" role="log" aria-label="Messages">
      {notices.value.map(({ id, kind, text }) => (
        <div key={id} class={`notice ${kind}`}>
          <p>{text}</p>
          <IconButton icon={X} label="Dismiss" onClick={() => dismiss(id)} />
        </div>
      ))}
    </div>
  );
}
