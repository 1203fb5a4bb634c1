import type { Signal } from "@preact/signals";
import type { LucideIcon } from "lucide-preact";
import type { ComponentChildren } from "preact";

/** A button that shows an icon alone; its name is told on hover and to screen readers. */
export function IconButton({
  icon: Icon,
  label,
  keys,
  pressed,
  disabled,
  onClick,
}: {
  icon: LucideIcon;
  label: string;
  /** The key that does the same. */
  keys?: string;
  pressed?: boolean;
  disabled?: boolean;
  onClick: () => void;
}) {
  return (
    <button
      type="button"
      class="icon"
      title={keys ? `${label} (${keys})` : label}
      aria-label={label}
      aria-keyshortcuts={keys && /^\w$/.test(keys) ? keys : undefined}
      aria-pressed={pressed}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon size={18} aria-hidden="true" />
    </button>
  );
}

/** A button with a word. */
export function Button({
  icon: Icon,
  kind = "plain",
  disabled,
  onClick,
  children,
}: {
  icon?: LucideIcon;
  kind?: "primary" | "plain" | "danger";
  disabled?: boolean;
  onClick: () => void;
  children: ComponentChildren;
}) {
  return (
    <button type="button" class={kind} disabled={disabled} onClick={onClick}>
      {Icon && <Icon size={16} aria-hidden="true" />}
      <span>{children}</span>
    </button>
  );
}

/** A box that sets a signal, with its words. */
export function Checkbox({ value, children }: { value: Signal<boolean>; children: ComponentChildren }) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={value.value}
        onChange={(event) => {
          value.value = event.currentTarget.checked;
        }}
      />
      {children}
    </label>
  );
}

/** A slider with its name and value. */
export function Slider({
  label,
  value,
  min,
  max,
  step,
  shown = String(value),
  disabled,
  onInput,
}: {
  label: string;
  value: number;
  min: number;
  max: number;
  step: number;
  /** The value in words. */
  shown?: string;
  disabled?: boolean;
  onInput: (value: number) => void;
}) {
  return (
    <label class="slider">
      <span class="slider-name">{label}</span>
      <output>{shown}</output>
      <input
        type="range"
        min={min}
        max={max}
        step={step}
        value={value}
        aria-valuetext={shown}
        disabled={disabled}
        onInput={(event) => onInput(event.currentTarget.valueAsNumber)}
      />
    </label>
  );
}

/** A button that lets a person choose files. */
export function FileButton({
  icon: Icon,
  accept,
  folder,
  kind = "plain",
  label,
  onFiles,
  children,
}: {
  icon: LucideIcon;
  accept?: string;
  /** Its name, where it shows an icon alone. */
  label?: string;
  /** Whether a folder is chosen, with all that it holds. */
  folder?: boolean;
  kind?: "primary" | "plain";
  onFiles: (files: File[]) => void;
  children?: ComponentChildren;
}) {
  return (
    <label class={`button ${kind}`} title={label}>
      <Icon size={16} aria-hidden="true" />
      {children && <span>{children}</span>}
      <input
        type="file"
        multiple
        aria-label={label}
        accept={accept}
        {...(folder ? { webkitdirectory: true } : {})}
        onChange={(event) => {
          const { currentTarget: input } = event;
          onFiles([...(input.files ?? [])]);
          input.value = "";
        }}
      />
    </label>
  );
}
