import { FolderOpen, ImagePlus, X } from "lucide-preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Button, FileButton, IconButton } from "../components/controls.js";
import { samplePictures } from "../images/samples.js";
import { closeImage, openSamples, show } from "../state/images.js";
import { openAddress, openFiles } from "../state/opening.js";
import { current, type Item, items, planesOf } from "../state/store.js";

const accept = ".png,.jpg,.jpeg,.tif,.tiff,.zip,.json,.bin";

/** The list of open images. */
export function Images() {
  return (
    <nav class="images" aria-label="Images">
      <div class="open">
        <FileButton icon={ImagePlus} kind="primary" label="Open images" accept={accept} onFiles={openFiles}>
          Open images
        </FileButton>
        <FileButton icon={FolderOpen} folder label="Open a folder" onFiles={openFiles} />
      </div>
      <ul>
        {items.value.map((item) => (
          <Entry key={item.id} item={item} />
        ))}
      </ul>
      <Address />
      {items.value.length > 0 && <Samples />}
    </nav>
  );
}

function Entry({ item }: { item: Item }) {
  const isCurrent = item.id === current.value?.id;
  const entry = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isCurrent) entry.current?.scrollIntoView({ block: "nearest" });
  }, [isCurrent]);
  return (
    <li ref={entry} class={isCurrent ? "current" : ""}>
      <button
        type="button"
        class="entry"
        title={item.name}
        aria-current={isCurrent}
        onClick={() => show({ id: item.id, plane: 0 })}
      >
        <Thumbnail bitmap={item.thumbnail} />
        <span class="entry-text">
          <span class="entry-name">{item.name}</span>
          <span class="entry-state">{stateOf(item)}</span>
        </span>
      </button>
      <IconButton icon={X} label={`Close ${item.name}`} onClick={() => closeImage(item)} />
    </li>
  );
}

function Thumbnail({ bitmap }: { bitmap: ImageBitmap }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current as HTMLCanvasElement;
    element.width = bitmap.width;
    element.height = bitmap.height;
    element.getContext("2d")?.drawImage(bitmap, 0, 0);
  }, [bitmap]);
  return <canvas ref={canvas} class="thumbnail" />;
}

/** What is known of an image in a few words. */
function stateOf(item: Item): string {
  const planes = Object.values(item.planes);
  const { width, height } = item.info;
  const size = `${width} × ${height}${planesOf(item) > 1 ? ` × ${planesOf(item)}` : ""}`;
  if (planes.length === 0) return size;
  const objects = planes.reduce((sum, plane) => sum + plane.objects, 0);
  const by = ["corrected", "drawn"].find((by) => planes.some(({ origin }) => origin === by));
  return `${objects} object${objects === 1 ? "" : "s"}${by ? `, ${by}` : ""}`;
}

/** A field for the address of an OME-Zarr. */
function Address() {
  const [address, setAddress] = useState("");
  return (
    <form
      class="address"
      onSubmit={(event) => {
        event.preventDefault();
        if (address) void openAddress(address);
        setAddress("");
      }}
    >
      <input
        type="text"
        inputMode="url"
        aria-label="Address of an OME-Zarr"
        placeholder="OME-Zarr URL"
        value={address}
        onInput={(event) => setAddress(event.currentTarget.value)}
      />
      <Button kind="plain" onClick={() => address && openAddress(address).then(() => setAddress(""))}>
        Open
      </Button>
    </form>
  );
}

/** Buttons that open pictures which come with the page. */
export function Samples() {
  return (
    <section class="samples" aria-label="Samples">
      <h2>Samples</h2>
      {samplePictures.map(({ id, name, about }) => (
        <button key={id} type="button" class="sample" title={about} onClick={() => openSamples(id)}>
          {name}
        </button>
      ))}
    </section>
  );
}
