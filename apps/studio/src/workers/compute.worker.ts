import { computeMethods } from "./compute-methods.js";
import { serve } from "./rpc.js";

serve(computeMethods);
