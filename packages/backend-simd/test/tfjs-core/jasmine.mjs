// Jasmine's functions as globals, where the tests of tfjs-core look for them.

const globals = require("jasmine-core").noGlobals();
Object.assign(globalThis, globals);

export const env = globals.jasmine.getEnv();
