/** What a loop measures, as Prometheus reads it: apart from the rest, since it brings a library of its own. */
export { createMetrics, type Metrics, type MetricsOptions } from "./metrics/metrics.ts";
export { type MetricRow, metricTable } from "./metrics/table.ts";
