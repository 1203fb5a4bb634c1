import { FolderOpen, ImagePlus } from "lucide-preact";
import { FileButton } from "../components/controls.js";
import { openFiles } from "../state/opening.js";
import { Samples } from "./images.js";

/** What is seen before anything is open. */
export function Welcome() {
  return (
    <div class="welcome">
      <h2>Find the cells in your images</h2>
      <p>
        Open images, let a network find the objects, and correct what it got wrong. Everything is computed on
        this computer: no image leaves it. What you open and correct is here again when you come back.
      </p>
      <div class="row">
        <FileButton
          icon={ImagePlus}
          kind="primary"
          accept=".png,.jpg,.jpeg,.tif,.tiff,.zip,.json,.bin"
          onFiles={openFiles}
        >
          Open images
        </FileButton>
        <FileButton icon={FolderOpen} folder onFiles={openFiles}>
          Open a folder
        </FileButton>
      </div>
      <p class="hint">
        PNG, JPEG or TIFF, stacks too; or drop them here, or paste one. No image at hand? Take a sample:
      </p>
      <Samples />
    </div>
  );
}
