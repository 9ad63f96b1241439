// Sends one span, one event and one metric:
// node send.js grpc|proto|http URL [BOT] [gzip]
"use strict";

const [transport, url, bot = "bot", compression = "none"] = process.argv.slice(2);
const from = (signal) =>
  require(`@opentelemetry/exporter-${signal}-otlp-${transport}`);
const { CompressionAlgorithm } = require("@opentelemetry/otlp-exporter-base");
const at = (signal) => ({
  url: transport === "grpc" ? url : `${url}/v1/${signal}`,
  compression:
    compression === "gzip" ? CompressionAlgorithm.GZIP : CompressionAlgorithm.NONE,
});

const { resourceFromAttributes } = require("@opentelemetry/resources");
const tracing = require("@opentelemetry/sdk-trace-base");
const logging = require("@opentelemetry/sdk-logs");
const metering = require("@opentelemetry/sdk-metrics");

async function main() {
  const resource = resourceFromAttributes({ "service.name": bot });
  const spans = new (from("trace").OTLPTraceExporter)(at("traces"));
  const tracers = new tracing.BasicTracerProvider({
    resource,
    spanProcessors: [new tracing.SimpleSpanProcessor(spans)],
  });
  const span = tracers.getTracer("t").startSpan("turn");
  span.end();

  const records = new (from("logs").OTLPLogExporter)(at("logs"));
  const loggers = new logging.LoggerProvider({
    resource,
    processors: [new logging.SimpleLogRecordProcessor({ exporter: records })],
  });
  loggers.getLogger("t").emit({ eventName: "app.view", body: { a: [1, null] } });

  const reader = new metering.PeriodicExportingMetricReader({
    exporter: new (from("metrics").OTLPMetricExporter)(at("metrics")),
    exportIntervalMillis: 3600000,
  });
  const meters = new metering.MeterProvider({ resource, readers: [reader] });
  meters.getMeter("t").createCounter("turns").add(2);

  await Promise.all([tracers.shutdown(), loggers.shutdown(), meters.shutdown()]);
  console.log(JSON.stringify({ traceId: span.spanContext().traceId }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
