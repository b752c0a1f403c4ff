#include <initializer_list>
#include <string>

#include "reports/exports/ndjson.h"
#include "reports/json_writer.h"

namespace shaketable::reports {
namespace {

/// A member of a line; all are required. Types are those of JSON Schema; "x?" may be null.
struct Member {
  const char* name;
  const char* type;
  const char* what;
};

void write_member(JsonWriter& json, const Member& member) {
  std::string type = member.type;
  json.begin_object(member.name);
  if (type.back() == '?') {
    type.pop_back();
    json.begin_array("type");
    json.value(type);
    json.value("null");
    json.end();
  } else {
    json.field("type", type);
  }
  if (type == "array") {
    json.begin_object("items");
    json.field("type", "string");
    json.end();
  }
  if (type == "object") {
    json.begin_object("additionalProperties");
    json.field("type", "integer");
    json.end();
  }
  json.field("description", member.what);
  json.end();
}

void write_line(JsonWriter& json, const char* type, const char* what,
                std::initializer_list<Member> members) {
  json.begin_object();
  json.field("title", type);
  json.field("description", what);
  json.field("type", "object");
  json.begin_object("properties");
  json.begin_object("type");
  json.field("const", type);
  json.end();
  for (const Member& member : members) {
    write_member(json, member);
  }
  json.end();
  json.begin_array("required");
  json.value("type");
  for (const Member& member : members) {
    json.value(member.name);
  }
  json.end();
  json.end();
}

void write_what_was_judged(JsonWriter& json) {
  write_line(json, "run", "The first line.",
             {{"format", "string", "shaketable-ndjson"},
              {"version", "integer", "Of the format: 1. Keys may be added under a version."},
              {"producer", "string", "Program and version"},
              {"scenario", "string", "Name"},
              {"file", "string", "As given on the command line"},
              {"seed", "integer", "Of all randomness"},
              {"fingerprint", "string", "Hash over all events, 16 hexadecimal digits"},
              {"ended_ns", "integer", "Virtual time at the end"},
              {"requests", "integer", "Sent by the load"},
              {"passed", "boolean", "Whether all expectations held"},
              {"partial", "boolean", "The run was interrupted"},
              {"headline", "string", "The verdict in words"}});
  write_line(json, "expectation", "One expectation and its answer.",
             {{"state", "string", "held, broken, known_failure, unexpected_pass or not_measurable"},
              {"text", "string", "The expectation"},
              {"wanted", "string", "The bound"},
              {"got", "string", "What was measured"},
              {"where", "string", "What it was measured on"},
              {"from_ns", "integer", "Start of the span that was looked at"},
              {"to_ns", "integer?", "Its end; null = the end of the run"},
              {"when_ns", "integer?", "First break, event or recovery"},
              {"file", "string", "Where it is written"},
              {"line", "integer", "Where it is written; 0 = nowhere"}});
  write_line(json, "service", "Golden signals of a service over the measured run.",
             {{"service", "string", "Name"},
              {"requests", "integer", "Answered"},
              {"errors", "integer", "Of them, with 5xx or without an answer"},
              {"rate_micro_per_second", "integer", "Requests per second, millionths"},
              {"success_ppm", "integer", "Share without errors"},
              {"p50_ns", "integer", "Median latency"},
              {"p99_ns", "integer", "99th percentile"},
              {"max_ns", "integer", "Greatest latency"},
              {"retries", "integer", "Attempts beyond the first, of all callers"}});
}

void write_what_happened(JsonWriter& json) {
  write_line(json, "fault", "A fault of the scenario.",
             {{"fault", "string", "Name"},
              {"kind", "string", "delay, kill, config_push, ..."},
              {"what", "string", "In words"},
              {"from_ns", "integer", "Begins"},
              {"to_ns", "integer?", "Ends; null = with the run"}});
  write_line(json, "story", "A line of the story.",
             {{"at_ns", "integer", "First time"},
              {"until_ns", "integer?", "Last time"},
              {"subject", "string", "Who"},
              {"what", "string", "What happened"},
              {"evidence", "string", "Why; may be empty"},
              {"count", "integer", "How often"}});
  write_line(json, "event", "Something rare.",
             {{"at_ns", "integer", "When"},
              {"event", "string", "circuit_open, ejection, instance_down, ..."},
              {"service", "string?", "The destination, or where it happened"},
              {"caller", "string?", "Whose sidecar decided"},
              {"instance", "string?", "stock-2"},
              {"fault", "string?", "Of a fault"},
              {"reason", "string", "Why"},
              {"count", "integer", "Equal ones that are folded into it"}});
  write_line(json, "request", "A request that was kept as an example, or all of them.",
             {{"trace_id", "string", "32 hexadecimal digits, as in exported traces"},
              {"number", "integer", "Among all of the load, from 1"},
              {"load", "string", "Name"},
              {"journey", "string?", "Name"},
              {"from_ns", "integer", "As the load intended"},
              {"to_ns", "integer", "Answered"},
              {"open", "boolean", "Not over when the run ended"},
              {"status", "integer", "HTTP status; 0 = none"},
              {"response_flags", "string", "Envoy's, - for none"},
              {"outcome", "string", "ok, timeout, refused, ..."},
              {"kept_as", "array", "slow, failed, random, share"},
              {"spans", "integer", "How many its trace has"}});
  write_line(json, "point", "One bucket of a series in which something ended.",
             {{"kind", "string", "service, endpoint, version, edge or journey"},
              {"subject", "string", "gateway -> payment"},
              {"from_ns", "integer", "Start of the bucket"},
              {"to_ns", "integer", "Its end"},
              {"requests", "integer", "That ended"},
              {"retries", "integer", "Edges: attempts beyond the first"},
              {"outcomes", "object", "How many ended how"},
              {"mean_ns", "integer", "Latency"},
              {"p50_ns", "integer", "Latency"},
              {"p90_ns", "integer", "Latency"},
              {"p95_ns", "integer", "Latency"},
              {"p99_ns", "integer", "Latency"},
              {"max_ns", "integer", "Latency"}});
  write_line(json, "end", "The last line.", {{"lines", "integer", "Lines in all, with this one"}});
}

}  // namespace

std::string ndjson_schema() {
  JsonWriter json(5);
  json.begin_object();
  json.field("$schema", "http://json-schema.org/draft-07/schema#");
  json.field("title", "A line of shaketable's NDJSON, version 1");
  json.begin_array("oneOf");
  write_what_was_judged(json);
  write_what_happened(json);
  json.end();
  json.end();
  return json.take();
}

}  // namespace shaketable::reports
