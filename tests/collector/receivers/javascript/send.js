// Sends one span, one event and one metric: node send.js grpc|proto|http URL
"use strict";

const [transport, url] = process.argv.slice(2);
const from = (signal) =>
  require(`@opentelemetry/exporter-${signal}-otlp-${transport}`);
const at = (signal) => ({ url: transport === "grpc" ? url : `${url}/v1/${signal}` });

const tracing = require("@opentelemetry/sdk-trace-base");
const logging = require("@opentelemetry/sdk-logs");
const metering = require("@opentelemetry/sdk-metrics");

async function main() {
  const spans = new (from("trace").OTLPTraceExporter)(at("traces"));
  const tracers = new tracing.BasicTracerProvider({
    spanProcessors: [new tracing.SimpleSpanProcessor(spans)],
  });
  const span = tracers.getTracer("t").startSpan("turn");
  span.end();

  const records = new (from("logs").OTLPLogExporter)(at("logs"));
  const loggers = new logging.LoggerProvider({
    processors: [new logging.SimpleLogRecordProcessor({ exporter: records })],
  });
  loggers.getLogger("t").emit({ eventName: "chatbot.view", body: { a: [1, null] } });

  const reader = new metering.PeriodicExportingMetricReader({
    exporter: new (from("metrics").OTLPMetricExporter)(at("metrics")),
    exportIntervalMillis: 3600000,
  });
  const meters = new metering.MeterProvider({ readers: [reader] });
  meters.getMeter("t").createCounter("turns").add(2);

  await Promise.all([tracers.shutdown(), loggers.shutdown(), meters.shutdown()]);
  console.log(JSON.stringify({ traceId: span.spanContext().traceId }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
