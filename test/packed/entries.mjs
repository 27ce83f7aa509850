/** What becomes of an import of each of the packages' entries, under whatever runtime runs it. Prints one JSON document. */
const entries = ["@fleet/core", "@fleet/core/testing", "@fleet/runner", "@fleet/runner/http", "@fleet/runner/metrics"];
const found = {};
for (const entry of entries) {
  found[entry] = await import(entry).then(
    () => "loads",
    ({ message }) => /(Cannot find \w+ '[^']+')/.exec(message)?.[1] ?? message,
  );
}
console.log(JSON.stringify(found));
