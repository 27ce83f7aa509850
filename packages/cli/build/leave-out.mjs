/**
 * Parts of dockerode that only image builds and its own ssh transport use. The engine adapter speaks through
 * docker-modem's `dial` with agents of its own, so nothing reaches them; loading them would cost more than all the rest.
 */
const unreached = [
  { importer: /docker-modem\/lib\/modem\.js$/, path: /^\.\/ssh$/ },
  { importer: /dockerode\/lib\/docker\.js$/, path: /^\.\/(session|buildkit)$/ },
  { importer: /dockerode\/lib\/util\.js$/, path: /^(tar-fs|@balena\/dockerignore)$/ },
];

/** @type {import("esbuild").Plugin} */
export const leaveOut = {
  name: "leave-out",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /./ }, ({ importer, path }) =>
      unreached.some((part) => part.importer.test(importer) && part.path.test(path))
        ? { path, namespace: "left-out" }
        : undefined,
    );
    onLoad({ filter: /./, namespace: "left-out" }, ({ path }) => ({
      contents: `module.exports = () => { throw new Error(${JSON.stringify(`${path} is not part of this bundle`)}); };`,
    }));
  },
};
