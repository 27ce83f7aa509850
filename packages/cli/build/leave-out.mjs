/**
 * Parts of dockerode that only its own verbs, image builds and its own ssh transport use. The engine adapter speaks through
 * docker-modem's `dial` with agents of its own, so nothing reaches them; loading them would cost more than all the rest.
 * Of the log, what writes in another thread; of the metrics, what links them to traces.
 */
const unreached = [
  { importer: /docker-modem\/lib\/modem\.js$/, path: /^\.\/(ssh|http_duplex)$/ },
  {
    importer: /dockerode\/lib\/docker\.js$/,
    path: /^\.\/(session|buildkit|container|image|volume|network|service|plugin|secret|config|task|node|exec)$/,
  },
  { importer: /dockerode\/lib\/util\.js$/, path: /^(tar-fs|zlib|@balena\/dockerignore)$/ },
  { importer: /pino\/lib\/transport\.js$/, path: /^thread-stream$/ },
  // Commands that are programs of their own, which fleet has none of.
  { importer: /commander\/lib\/command\.js$/, path: /^node:child_process$/ },
  { importer: /prom-client\/lib\/metrics\/processCpuTotal\.js$/, path: /^@opentelemetry\/api$/ },
];

/** Loaded when it is used: TLS takes long, and few engines speak it. */
const lazyHttps = 'exports.request = (...args) => require("node:https").request(...args);';

/** Prints nothing: what passes by may be secret. Nor is it made ready for print, which takes longer than to send it. */
const silentDebug = "module.exports = () => () => {};";
const silentInspect = 'exports.inspect = () => "";';

/** What takes the place of a module for docker-modem. */
const instead = [
  { importer: /docker-modem\/lib\/http\.js$/, path: /^https$/, contents: lazyHttps },
  { importer: /docker-modem\/lib\/modem\.js$/, path: /^debug$/, contents: silentDebug },
  { importer: /docker-modem\/lib\/modem\.js$/, path: /^util$/, contents: silentInspect },
];

/** @type {import("esbuild").Plugin} */
export const leaveOut = {
  name: "leave-out",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /./ }, ({ importer, path }) => {
      const fits = (/** @type {{ importer: RegExp, path: RegExp }} */ part) =>
        part.importer.test(importer) && part.path.test(path);
      const substitute = instead.find(fits);
      if (substitute !== undefined) return { path, namespace: "instead", pluginData: substitute.contents };
      return unreached.some(fits) ? { path, namespace: "left-out" } : undefined;
    });
    onLoad({ filter: /./, namespace: "instead" }, ({ pluginData }) => ({ contents: pluginData, resolveDir: "/" }));
    onLoad({ filter: /./, namespace: "left-out" }, ({ path }) => ({
      contents: `module.exports = () => { throw new Error(${JSON.stringify(`${path} is not part of this bundle`)}); };`,
    }));
  },
};
