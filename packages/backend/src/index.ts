export { BackendUnavailableError } from "./errors.js";
export { type BackendName, backendNames, defaultOrder } from "./names.js";
export {
  type BackendInfo,
  type BackendProbe,
  probeBackends,
  type Skipped,
  type UseBackendOptions,
  useBackend,
} from "./use-backend.js";
