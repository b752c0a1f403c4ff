#pragma once

#include <string>
#include <utility>

#include "tests/reports/judged_run.h"

namespace shaketable::reports {

/// A run with one failed request: two attempts from service 0 to service 2, a back-off between.
[[nodiscard]] inline engine::RecordBuilder traced_builder() {
  using engine::Span;
  using engine::SpanKind;
  using std::chrono::milliseconds;
  engine::RecordBuilder builder = engine::shop_run();
  const auto at = [](int ms) {
    return proxy::kStart + std::chrono::seconds(61) + milliseconds(ms);
  };
  const auto span = [&](std::uint32_t parent, SpanKind kind, int from, int to) {
    Span made;
    made.parent = parent;
    made.kind = kind;
    made.from = at(from);
    made.to = at(to);
    return made;
  };
  engine::Trace trace;
  trace.id_high = 0x0123456789abcdefU;
  trace.id_low = 0xfedcba9876543210U;
  trace.number = 2'001;
  trace.load = 0;
  trace.reasons = engine::kKeptAsFailed;
  Span client = span(engine::kNone, SpanKind::kClient, 0, 40);
  client.peer = 0;
  client.peer_instance = 0;
  client.endpoint = 0;
  client.status = 502;
  client.outcome = engine::Outcome::kServerError;
  Span inbound = span(0, SpanKind::kInbound, 1, 39);
  inbound.service = 0;
  inbound.instance = 0;
  inbound.endpoint = 0;
  inbound.status = 502;
  inbound.outcome = engine::Outcome::kServerError;
  inbound.has_sidecar = true;
  Span application = span(1, SpanKind::kApplication, 2, 38);
  application.service = 0;
  application.instance = 0;
  application.endpoint = 0;
  Span call = span(2, SpanKind::kCall, 3, 37);
  call.service = 0;
  call.instance = 0;
  call.peer = 2;
  call.endpoint = 0;
  call.status = 504;
  call.flags = 1U << 5;
  call.outcome = engine::Outcome::kTimeout;
  call.attempt = 2;
  call.has_sidecar = true;
  Span first = span(3, SpanKind::kAttempt, 3, 13);
  first.service = 0;
  first.instance = 0;
  first.peer = 2;
  first.peer_instance = 0;
  first.endpoint = 0;
  first.attempt = 1;
  first.outcome = engine::Outcome::kTimeout;
  first.is_cancelled = true;
  Span back_off = span(3, SpanKind::kBackOff, 13, 20);
  back_off.service = 0;
  back_off.instance = 0;
  Span second = first;
  second.from = at(20);
  second.to = at(37);
  second.attempt = 2;
  trace.spans = {client, inbound, application, call, first, back_off, second};
  trace.events = {
      {4, at(13), engine::SpanEventKind::kTimeout, "per-try timeout after 10 ms"},
      {3, at(13), engine::SpanEventKind::kRetry, "per-try timeout: attempt 2 follows after 7 ms"},
      {3, at(37), engine::SpanEventKind::kNoRetry, "per-try timeout: all attempts were made"}};
  if (builder.scenario.loads.empty()) {
    engine::Load load;
    load.name = "customers";
    builder.scenario.loads.push_back(load);
  }
  for (engine::Service& service : builder.scenario.mesh.services) {
    service.endpoint_names = {"GET /items"};
  }
  builder.record.traces.push_back(std::move(trace));
  builder.record.tracing.followed = 3'000;
  return builder;
}

/// The same with a hostile name wherever a file may bring one.
[[nodiscard]] inline JudgedRun hostile_traced_run(const std::string& name) {
  engine::RecordBuilder builder = traced_builder();
  engine::Scenario& scenario = builder.scenario;
  scenario.name = name;
  scenario.file = name;
  for (engine::Service& service : scenario.mesh.services) {
    service.name = name;
    service.kube_namespace = name;
    for (std::string& endpoint : service.endpoint_names) {
      endpoint = "GET " + name;
    }
    for (engine::Version& version : service.versions) {
      version.name = name;
    }
  }
  for (engine::Load& load : scenario.loads) {
    load.name = name;
  }
  for (engine::Fault& fault : scenario.faults) {
    fault.name = name;
  }
  for (engine::Series& series : builder.record.series) {
    series.subject.text = name;
  }
  for (engine::RunEvent& event : builder.record.events) {
    event.reason = name;
  }
  for (engine::SpanEvent& event : builder.record.traces[0].events) {
    event.reason = name;
  }
  for (engine::Expectation& expectation : scenario.expectations) {
    expectation.text = name;
    expectation.mark.file = name;
    expectation.mark.line = 3;
  }
  return JudgedRun(std::move(builder));
}

}  // namespace shaketable::reports
