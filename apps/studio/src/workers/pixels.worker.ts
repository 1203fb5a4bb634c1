import { pixelMethods } from "./pixel-methods.js";
import { serve } from "./rpc.js";

serve(pixelMethods);
