/** One plane of an opened image: slices along z, then along t, from 0. */
export interface PlaneId {
  id: string;
  plane: number;
}
