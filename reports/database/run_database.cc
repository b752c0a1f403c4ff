#include "reports/database/run_database.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "engine/judge/critical_path.h"
#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "proxy/telemetry/response_flags.h"
#include "reports/database/source_tables.h"
#include "reports/database/sqlite.h"
#include "reports/exports/export_spans.h"
#include "reports/json_words.h"
#include "reports/rows.h"

namespace shaketable::reports {
namespace {

using engine::Instant;
using engine::kNone;

constexpr char kTables[] = R"(
create table run (key text primary key, value) without rowid;
create table services (service text, namespace text, version text, instances integer,
  runtime text, sidecar integer);
create table faults (fault text, kind text, what text, from_ns integer, to_ns integer);
create table expectations (state text, text text, wanted text, got text, place text,
  from_ns integer, to_ns integer, when_ns integer, file text, line integer);
create table requests (trace_id text primary key, number integer, load text, journey text,
  service text, endpoint text, from_ns integer, to_ns integer, duration_ns integer,
  status integer, response_flags text, outcome text, kept_as text, open integer) without rowid;
create table spans (trace_id text, span integer, parent integer, kind text, name text,
  service text, instance text, peer text, peer_instance text, from_ns integer, to_ns integer,
  status integer, response_flags text, outcome text, attempt integer, mirror integer,
  cancelled integer, open integer, critical_ns integer, primary key (trace_id, span)) without rowid;
create table span_events (trace_id text, span integer, at_ns integer, event text, reason text);
create table events (at_ns integer, event text, service text, caller text, instance text,
  fault text, reason text, count integer);
create table metrics (kind text, subject text, from_ns integer, to_ns integer, requests integer,
  retries integer, ok integer, client_error integer, server_error integer, timeout integer,
  refused integer, no_host integer, connection integer, injected integer, mean_ns integer,
  p50_ns integer, p90_ns integer, p95_ns integer, p99_ns integer, max_ns integer);
create table gauges (service text, from_ns integer, queue_milli integer, utilisation_ppm integer,
  in_flight_milli integer, instances_up integer);
)";

constexpr char kIndexes[] = R"(
create index requests_by_outcome on requests (outcome);
create index spans_by_service on spans (service, kind);
create index span_events_by_trace on span_events (trace_id, span);
create index metrics_by_subject on metrics (subject, from_ns);
)";

std::string kept_as(std::uint8_t reasons) {
  constexpr std::array<std::pair<std::uint8_t, const char*>, 4> kWords = {
      {{engine::kKeptAsSlow, "slow"},
       {engine::kKeptAsFailed, "failed"},
       {engine::kKeptAsRandom, "random"},
       {engine::kKeptInShare, "share"}}};
  std::string text;
  for (const auto& [bit, word] : kWords) {
    if ((reasons & bit) != 0) {
      text += (text.empty() ? "" : ",") + std::string(word);
    }
  }
  return text;
}

class DatabaseWriter {
 public:
  DatabaseWriter(const Report& report, sqlite3* database) : report_(report), database_(database) {}

  bool write() {
    return execute("pragma application_id = " + std::to_string(kDatabaseId) +
                   "; pragma user_version = " + std::to_string(kDatabaseVersion) + "; begin;") &&
           execute(kTables) && write_run() && write_services() && write_faults() &&
           write_expectations() && write_requests() && write_events() && write_metrics() &&
           write_gauges() && write_source_tables(report_, database_) && execute(kIndexes) &&
           execute("commit;");
  }

 private:
  bool execute(const std::string& sql) {
    return sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
  }

  static void add_instant(Inserter& to, Instant at) {
    if (at == proxy::kNever) {
      to.null();
    } else {
      to.add(proxy::nanoseconds_of(at));
    }
  }
  void add_service(Inserter& to, engine::ServiceIndex service) const {
    if (service == kNone) {
      to.null();
    } else {
      to.add(engine::service_name(report_.scenario, service));
    }
  }
  void add_instance(Inserter& to, engine::ServiceIndex service, std::uint32_t instance) const {
    if (service == kNone || instance == kNone) {
      to.null();
    } else {
      to.add(engine::instance_name(report_.scenario, service, instance));
    }
  }

  bool write_run() {
    Inserter to(database_, "run", 2);
    const engine::RunRecord& record = report_.record;
    to.row("producer", std::string("shaketable ") + kVersion);
    to.row("scenario", report_.scenario.name);
    to.row("file", report_.scenario.file);
    to.row("command", report_.command);
    to.row("seed", std::to_string(record.seed));  // may be beyond SQLite's integers
    to.row("fingerprint", hexadecimal_of(record.fingerprint));
    to.row("headline", report_.verdict.headline);
    to.row("passed", report_.verdict.passed);
    to.row("partial", report_.verdict.partial);
    to.row("ended_ns", proxy::nanoseconds_of(record.ended));
    to.row("bucket_ns", record.bucket.count());
    to.row("events", record.statistics.events);
    to.row("requests", record.statistics.requests);
    to.row("hops", record.statistics.hops);
    to.row("requests_kept", static_cast<std::uint64_t>(record.traces.size()));
    to.row("kept_good_ppm", record.tracing.kept_good_ppm);
    to.row("kept_failed_ppm", record.tracing.kept_failed_ppm);
    to.row("requests_not_followed", record.tracing.missed);
    return to.good();
  }

  bool write_services() {
    Inserter to(database_, "services", 6);
    for (const engine::Service& service : report_.scenario.mesh.services) {
      for (const engine::Version& version : service.versions) {
        to.row(service.name, service.kube_namespace, version.name, version.instances,
               version.runtime.name, service.sidecar);
      }
    }
    return to.good();
  }

  bool write_faults() {
    Inserter to(database_, "faults", 5);
    for (std::uint32_t f = 0; f < report_.scenario.faults.size(); ++f) {
      const engine::Fault& fault = report_.scenario.faults[f];
      to.add(engine::fault_name(report_.scenario, f));
      to.add(engine::name_of(fault.kind));
      to.add(engine::fault_words(report_.scenario, f));
      add_instant(to, fault.at);
      add_instant(to, engine::end_of_fault(fault));
      to.end_row();
    }
    return to.good();
  }

  bool write_expectations() {
    Inserter to(database_, "expectations", 10);
    for (const engine::ExpectationVerdict& it : report_.verdict.expectations) {
      to.add(key_of(it.state));
      to.add(it.text);
      to.add(it.wanted);
      to.add(it.got);
      to.add(it.where);
      add_instant(to, it.from);
      add_instant(to, it.to);
      add_instant(to, it.when.value_or(proxy::kNever));
      to.add(it.mark.file);
      to.add(it.mark.line);
      to.end_row();
    }
    return to.good();
  }

  bool write_requests() {
    Inserter requests(database_, "requests", 14);
    Inserter spans(database_, "spans", 19);
    Inserter events(database_, "span_events", 5);
    const std::vector<ExportTrace> named = export_traces(report_);
    for (std::size_t i = 0; i < named.size(); ++i) {
      const engine::Trace& trace = report_.record.traces[i];
      const std::string id = trace_id_text(named[i]);
      write_request(requests, trace, id);
      std::vector<std::int64_t> critical(trace.spans.size());
      for (const engine::CriticalPiece& piece : engine::critical_path(trace)) {
        critical[piece.span] += (piece.to - piece.from).count();
      }
      for (std::uint32_t s = 0; s < trace.spans.size(); ++s) {
        write_span(spans, trace, s, id, named[i].spans[s].name, critical[s]);
      }
      for (const engine::SpanEvent& event : trace.events) {
        events.row(id, event.span, proxy::nanoseconds_of(event.at), engine::name_of(event.kind),
                   event.reason);
      }
    }
    return requests.good() && spans.good() && events.good();
  }

  void write_request(Inserter& to, const engine::Trace& trace, const std::string& id) const {
    const engine::Span& root = trace.root();
    const engine::Load& load = report_.scenario.loads[trace.load];
    to.add(id);
    to.add(trace.number);
    to.add(load.name);
    if (trace.journey == kNone) {
      to.null();
    } else {
      to.add(load.journeys[trace.journey].name);
    }
    add_service(to, root.peer);
    to.add(report_.scenario.mesh.services[root.peer].endpoint_names[root.endpoint]);
    to.add(proxy::nanoseconds_of(root.from));
    to.add(proxy::nanoseconds_of(root.to));
    to.add(trace.duration().count());
    to.add(std::uint32_t{root.status});
    to.add(proxy::response_flags_text(root.flags));
    to.add(root.is_open ? "open" : engine::name_of_outcome(static_cast<std::size_t>(root.outcome)));
    to.add(kept_as(trace.reasons));
    to.add(root.is_open);
    to.end_row();
  }

  void write_span(Inserter& to, const engine::Trace& trace, std::uint32_t index,
                  const std::string& id, const std::string& name, std::int64_t critical_ns) const {
    const engine::Span& span = trace.spans[index];
    to.add(id);
    to.add(index);
    if (span.parent == kNone) {
      to.null();
    } else {
      to.add(span.parent);
    }
    to.add(engine::name_of(span.kind));
    to.add(name);
    add_service(to, span.service);
    add_instance(to, span.service, span.instance);
    add_service(to, span.peer);
    add_instance(to, span.peer, span.peer_instance);
    to.add(proxy::nanoseconds_of(span.from));
    to.add(proxy::nanoseconds_of(span.to));
    to.add(std::uint32_t{span.status});
    to.add(proxy::response_flags_text(span.flags));
    to.add(engine::name_of_outcome(static_cast<std::size_t>(span.outcome)));
    to.add(std::uint32_t{span.attempt});
    to.add(span.is_mirror);
    to.add(span.is_cancelled);
    to.add(span.is_open);
    to.add(critical_ns);
    to.end_row();
  }

  bool write_events() {
    Inserter to(database_, "events", 8);
    for (const engine::RunEvent& it : report_.record.events) {
      to.add(proxy::nanoseconds_of(it.at));
      to.add(engine::name_of(it.kind));
      add_service(to, it.service);
      add_service(to, it.caller);
      add_instance(to, it.service, it.instance);
      if (it.fault == kNone) {
        to.null();
      } else {
        to.add(engine::fault_name(report_.scenario, it.fault));
      }
      to.add(it.reason);
      to.add(it.count);
      to.end_row();
    }
    return to.good();
  }

  bool write_metrics() {
    Inserter to(database_, "metrics", 20);
    const std::int64_t width = report_.record.bucket.count();
    for (const engine::Series& series : report_.record.series) {
      const std::string subject = engine::subject_name(report_.scenario, series.subject);
      for (std::size_t i = 0; i < series.points.size(); ++i) {
        const engine::Point& point = series.points[i];
        to.add(key_of(series.subject.kind));
        to.add(subject);
        to.add(width * static_cast<std::int64_t>(i));
        to.add(width * static_cast<std::int64_t>(i + 1));
        to.add(point.count);
        to.add(point.retries);
        for (const std::uint64_t count : point.outcomes) {
          to.add(count);
        }
        to.add(point.count == 0 ? std::int64_t{0}
                                : point.latency_sum / static_cast<std::int64_t>(point.count));
        for (const std::int64_t figure : {point.p50, point.p90, point.p95, point.p99, point.max}) {
          to.add(figure);
        }
        to.end_row();
      }
    }
    return to.good();
  }

  bool write_gauges() {
    Inserter to(database_, "gauges", 6);
    const std::int64_t width = report_.record.bucket.count();
    for (const engine::ServiceGauges& gauges : report_.record.gauges) {
      const std::string service = engine::service_name(report_.scenario, gauges.service);
      for (std::size_t i = 0; i < gauges.points.size(); ++i) {
        const engine::Gauge& gauge = gauges.points[i];
        to.row(service, width * static_cast<std::int64_t>(i), gauge.queue_milli,
               gauge.utilisation_ppm, gauge.in_flight_milli, gauge.instances_up);
      }
    }
    return to.good();
  }

  const Report& report_;
  sqlite3* database_;
};

}  // namespace

proxy::Result<std::string> run_database(const Report& report) {
  sqlite3* opened = nullptr;
  const int code =
      sqlite3_open_v2(":memory:", &opened,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY, nullptr);
  const DatabaseOwner database(opened);
  if (code != SQLITE_OK || !DatabaseWriter(report, database.get()).write()) {
    return proxy::fail(std::string("cannot make the database: ") +
                       (opened == nullptr ? "out of memory" : sqlite3_errmsg(opened)));
  }
  sqlite3_int64 size = 0;
  const std::unique_ptr<unsigned char, decltype(&sqlite3_free)> bytes(
      sqlite3_serialize(database.get(), "main", &size, 0), &sqlite3_free);
  if (bytes == nullptr) {
    return proxy::fail("cannot make the database: out of memory");
  }
  return std::string(reinterpret_cast<const char*>(bytes.get()), static_cast<std::size_t>(size));
}

}  // namespace shaketable::reports
