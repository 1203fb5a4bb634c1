import { render } from "preact";
import { App } from "./app.js";
import { startBackend } from "./state/backend.js";
import { followDrops } from "./state/dropping.js";
import { followKeys } from "./state/keys.js";
import { listBuiltIn } from "./state/networks.js";
import { startProject } from "./state/project.js";
import { notify } from "./state/store.js";
import "./styles/tokens.css";
import "./styles/controls.css";
import "./styles/layout.css";

render(<App />, document.getElementById("app") as HTMLElement);
followDrops();
followKeys();
if (import.meta.env.PROD) navigator.serviceWorker?.register("./service-worker.js").catch(() => {});
void startBackend();
void startProject();
void listBuiltIn().catch((error: Error) => notify(error.message, "error"));
