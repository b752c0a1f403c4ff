#include "reports/database/source_tables.h"

#include <string>

#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "reports/database/sqlite.h"
#include "reports/json_words.h"

namespace shaketable::reports {
namespace {

constexpr char kTables[] = R"(
create table sources (name text, text text);
create table overrides (position integer, text text);
create table instances (service text, instance text, from_ns integer, to_ns integer,
  requests integer, errors integer, mean_ns integer, max_ns integer);
create table statuses (kind text, subject text, from_ns integer, to_ns integer, outcome text,
  status integer, requests integer);
)";

bool write_sources(const engine::ScenarioSource* source, sqlite3* database) {
  Inserter files(database, "sources", 2);
  Inserter overrides(database, "overrides", 2);
  if (source != nullptr) {
    for (const engine::SourceFile& file : source->files) {
      files.row(file.name, file.text);
    }
    std::uint64_t position = 0;
    for (const std::string& text : source->overrides) {
      overrides.row(position++, text);
    }
  }
  return files.good() && overrides.good();
}

bool write_instances(const Report& report, sqlite3* database) {
  Inserter to(database, "instances", 8);
  const std::int64_t width = report.record.bucket.count();
  for (const engine::InstanceSeries& it : report.record.instances) {
    const std::string service = engine::service_name(report.scenario, it.service);
    const std::string instance = engine::instance_name(report.scenario, it.service, it.instance);
    for (std::size_t i = 0; i < it.points.size(); ++i) {
      const engine::InstancePoint& point = it.points[i];
      const auto bucket = static_cast<std::int64_t>(i);
      to.row(service, instance, width * bucket, width * (bucket + 1), point.count, point.errors,
             point.count == 0 ? std::int64_t{0}
                              : point.latency_sum / static_cast<std::int64_t>(point.count),
             point.max);
    }
  }
  return to.good();
}

// Every answer: those with the usual status of their outcome are what the others leave.
bool write_statuses(const Report& report, sqlite3* database) {
  Inserter to(database, "statuses", 7);
  const std::int64_t width = report.record.bucket.count();
  for (const engine::Series& series : report.record.series) {
    const std::string kind = key_of(series.subject.kind);
    const std::string subject = engine::subject_name(report.scenario, series.subject);
    auto cell = series.statuses.begin();
    for (std::size_t i = 0; i < series.points.size(); ++i) {
      auto left = series.points[i].outcomes;
      const auto row = [&](std::size_t outcome, std::uint16_t status, std::uint64_t count) {
        const std::int64_t from = width * static_cast<std::int64_t>(i);
        to.row(kind, subject, from, from + width, engine::name_of_outcome(outcome),
               std::int64_t{status}, count);
      };
      for (; cell != series.statuses.end() && cell->bucket == i; ++cell) {
        const auto outcome = static_cast<std::size_t>(cell->outcome);
        left[outcome] -= cell->count;
        row(outcome, cell->status, cell->count);
      }
      for (std::size_t outcome = 0; outcome < left.size(); ++outcome) {
        if (left[outcome] > 0) {
          row(outcome, engine::usual_status(static_cast<engine::Outcome>(outcome)), left[outcome]);
        }
      }
    }
  }
  return to.good();
}

}  // namespace

bool write_source_tables(const Report& report, sqlite3* database) {
  return sqlite3_exec(database, kTables, nullptr, nullptr, nullptr) == SQLITE_OK &&
         write_sources(report.source, database) && write_instances(report, database) &&
         write_statuses(report, database);
}

}  // namespace shaketable::reports
