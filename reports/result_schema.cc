#include "reports/result_schema.h"

namespace shaketable::reports {
namespace {

// clang-format off
constexpr std::string_view kSchema = R"schema({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "title": "Result of a run of shaketable, version 1",
  "description": "Keys may be added under a version, never removed or given another meaning. Numbers are integers; their unit ends the key.",
  "type": "object",
  "required": [
    "format",
    "version",
    "producer",
    "scenario",
    "seed",
    "fingerprint",
    "run",
    "verdict",
    "statistics",
    "expectations",
    "services",
    "faults",
    "story",
    "story_left_out",
    "windows",
    "series",
    "gauges",
    "events",
    "events_dropped",
    "explanations",
    "checkpoints",
    "digest"
  ],
  "properties": {
    "format": {"const": "shaketable-result"},
    "version": {"const": 1},
    "producer": {"type": "string"},
    "scenario": {
      "type": "object",
      "required": ["name", "about", "file"],
      "properties": {"name": {"type": "string"}, "about": {"type": "string"}, "file": {"type": "string"}}
    },
    "seed": {"type": "integer", "minimum": 0},
    "fingerprint": {"$ref": "#/definitions/hash"},
    "run": {
      "type": "object",
      "required": ["duration_ns", "warm_up_ns", "drain_ns", "bucket_ns", "ended_ns", "interrupted"],
      "properties": {
        "duration_ns": {"$ref": "#/definitions/nanoseconds"},
        "warm_up_ns": {"$ref": "#/definitions/nanoseconds"},
        "drain_ns": {"$ref": "#/definitions/nanoseconds"},
        "bucket_ns": {"type": "integer", "minimum": 1},
        "ended_ns": {"$ref": "#/definitions/nanoseconds"},
        "interrupted": {"type": "boolean"}
      }
    },
    "verdict": {
      "type": "object",
      "required": [
        "passed",
        "partial",
        "headline",
        "held",
        "broken",
        "known_failures",
        "unexpected_passes",
        "not_measurable"
      ],
      "properties": {
        "passed": {"type": "boolean"},
        "partial": {"type": "boolean"},
        "headline": {"type": "string"},
        "held": {"$ref": "#/definitions/count"},
        "broken": {"$ref": "#/definitions/count"},
        "known_failures": {"$ref": "#/definitions/count"},
        "unexpected_passes": {"$ref": "#/definitions/count"},
        "not_measurable": {"$ref": "#/definitions/count"}
      }
    },
    "statistics": {
      "type": "object",
      "required": ["events", "hops", "requests", "in_flight_at_end", "peak_in_flight", "draws", "ties"],
      "properties": {
        "events": {"$ref": "#/definitions/count"},
        "hops": {"$ref": "#/definitions/count"},
        "requests": {"$ref": "#/definitions/count"},
        "in_flight_at_end": {"$ref": "#/definitions/count"},
        "peak_in_flight": {"$ref": "#/definitions/count"},
        "draws": {"$ref": "#/definitions/count"},
        "ties": {"$ref": "#/definitions/count"}
      }
    },
    "expectations": {
      "type": "array",
      "items": {
        "type": "object",
        "required": [
          "state",
          "text",
          "wanted",
          "got",
          "where",
          "from_ns",
          "to_ns",
          "when_ns",
          "value",
          "margin",
          "unit",
          "evidence",
          "file",
          "line"
        ],
        "properties": {
          "state": {"enum": ["held", "broken", "known_failure", "unexpected_pass", "not_measurable"]},
          "text": {"type": "string"},
          "wanted": {"type": "string"},
          "got": {"type": "string"},
          "where": {"type": "string"},
          "from_ns": {"$ref": "#/definitions/nanoseconds_or_never"},
          "to_ns": {"$ref": "#/definitions/nanoseconds_or_never"},
          "when_ns": {"$ref": "#/definitions/nanoseconds_or_never"},
          "value": {"type": ["integer", "null"]},
          "margin": {"type": ["integer", "null"]},
          "unit": {"type": "string"},
          "evidence": {"type": "array", "items": {"type": "string"}},
          "file": {"type": "string"},
          "line": {"$ref": "#/definitions/count"}
        }
      }
    },
    "services": {
      "type": "array",
      "items": {
        "type": "object",
        "required": [
          "service",
          "requests",
          "errors",
          "rate_micro_per_second",
          "success_ppm",
          "p50_ns",
          "p99_ns",
          "max_ns",
          "retries",
          "utilisation_ppm",
          "worst_state",
          "outside_normal"
        ],
        "properties": {
          "service": {"type": "string"},
          "requests": {"$ref": "#/definitions/count"},
          "errors": {"$ref": "#/definitions/count"},
          "rate_micro_per_second": {"$ref": "#/definitions/count"},
          "success_ppm": {"$ref": "#/definitions/ppm"},
          "p50_ns": {"$ref": "#/definitions/nanoseconds"},
          "p99_ns": {"$ref": "#/definitions/nanoseconds"},
          "max_ns": {"$ref": "#/definitions/nanoseconds"},
          "retries": {"$ref": "#/definitions/count"},
          "utilisation_ppm": {"type": ["integer", "null"]},
          "worst_state": {"enum": ["no_data", "healthy", "degraded", "failing", "down"]},
          "normal_error_ppm": {"$ref": "#/definitions/ppm"},
          "normal_p99_ns": {"$ref": "#/definitions/nanoseconds"},
          "outside_normal": {
            "type": "array",
            "items": {
              "type": "object",
              "required": ["from_ns", "to_ns", "worst_error_ppm", "worst_p99_ns"],
              "properties": {
                "from_ns": {"$ref": "#/definitions/nanoseconds"},
                "to_ns": {"$ref": "#/definitions/nanoseconds_or_never"},
                "worst_error_ppm": {"$ref": "#/definitions/ppm"},
                "worst_p99_ns": {"$ref": "#/definitions/nanoseconds"},
                "stalled": {"const": true}
              }
            }
          }
        }
      }
    },
    "faults": {
      "type": "array",
      "items": {
        "type": "object",
        "required": ["name", "kind", "what", "from_ns", "to_ns", "spread"],
        "properties": {
          "name": {"type": "string"},
          "kind": {"type": "string"},
          "what": {"type": "string"},
          "from_ns": {"$ref": "#/definitions/nanoseconds_or_never"},
          "to_ns": {"$ref": "#/definitions/nanoseconds_or_never"},
          "spread": {
            "type": "array",
            "items": {
              "type": "object",
              "required": ["service", "at_ns"],
              "properties": {
                "service": {"type": ["string", "null"]},
                "at_ns": {"$ref": "#/definitions/nanoseconds"}
              }
            }
          }
        }
      }
    },
    "story": {
      "type": "array",
      "items": {
        "type": "object",
        "required": ["at_ns", "until_ns", "kind", "subject", "what", "evidence", "count"],
        "properties": {
          "at_ns": {"$ref": "#/definitions/nanoseconds"},
          "until_ns": {"$ref": "#/definitions/nanoseconds"},
          "kind": {"type": "string"},
          "subject": {"type": "string"},
          "what": {"type": "string"},
          "evidence": {"type": "string"},
          "count": {"$ref": "#/definitions/count"}
        }
      }
    },
    "story_left_out": {"$ref": "#/definitions/count"},
    "replications": {
      "type": "object",
      "required": ["asked", "required", "passed", "headline", "expectations", "runs"],
      "properties": {
        "asked": {"$ref": "#/definitions/count"},
        "required": {"$ref": "#/definitions/count"},
        "passed": {"type": "boolean"},
        "headline": {"type": "string"},
        "expectations": {
          "type": "array",
          "items": {
            "type": "object",
            "required": [
              "text",
              "passed",
              "fine",
              "of",
              "share_low_ppm",
              "share_high_ppm",
              "unit",
              "lowest",
              "median",
              "highest",
              "median_low",
              "median_high",
              "first_bad_seed"
            ],
            "properties": {
              "text": {"type": "string"},
              "passed": {"type": "boolean"},
              "fine": {"$ref": "#/definitions/count"},
              "of": {"$ref": "#/definitions/count"},
              "share_low_ppm": {"$ref": "#/definitions/ppm"},
              "share_high_ppm": {"$ref": "#/definitions/ppm"},
              "unit": {"type": "string"},
              "lowest": {"type": ["integer", "null"]},
              "median": {"type": ["integer", "null"]},
              "highest": {"type": ["integer", "null"]},
              "median_low": {"type": ["integer", "null"]},
              "median_high": {"type": ["integer", "null"]},
              "first_bad_seed": {"type": ["integer", "null"]}
            }
          }
        },
        "runs": {
          "type": "array",
          "items": {
            "type": "object",
            "required": ["seed", "fingerprint", "passed", "interrupted", "expectations", "signals"],
            "properties": {
              "seed": {"$ref": "#/definitions/count"},
              "fingerprint": {"$ref": "#/definitions/hash"},
              "passed": {"type": "boolean"},
              "interrupted": {"type": "boolean"},
              "expectations": {
                "type": "array",
                "items": {
                  "type": "object",
                  "required": ["state", "value"],
                  "properties": {
                    "state": {
                      "enum": ["held", "broken", "known_failure", "unexpected_pass", "not_measurable"]
                    },
                    "value": {"type": ["integer", "null"]}
                  }
                }
              },
              "signals": {
                "type": "array",
                "items": {
                  "type": "object",
                  "required": [
                    "kind",
                    "name",
                    "count",
                    "errors",
                    "retries",
                    "rate_micro_per_second",
                    "mean_ns",
                    "p50_ns",
                    "p99_ns",
                    "utilisation_ppm"
                  ],
                  "properties": {
                    "kind": {"enum": ["client", "service", "edge"]},
                    "name": {"type": "string"},
                    "count": {"$ref": "#/definitions/count"},
                    "errors": {"$ref": "#/definitions/count"},
                    "retries": {"$ref": "#/definitions/count"},
                    "rate_micro_per_second": {"$ref": "#/definitions/count"},
                    "mean_ns": {"$ref": "#/definitions/nanoseconds"},
                    "p50_ns": {"$ref": "#/definitions/nanoseconds"},
                    "p99_ns": {"$ref": "#/definitions/nanoseconds"},
                    "utilisation_ppm": {"type": ["integer", "null"]}
                  }
                }
              }
            }
          }
        }
      },
      "description": "Runs with other seeds, made together with this one (--runs)."
    },
    "windows": {
      "type": "array",
      "items": {
        "type": "object",
        "required": ["from_ns", "to_ns", "text"],
        "properties": {
          "from_ns": {"$ref": "#/definitions/nanoseconds"},
          "to_ns": {"$ref": "#/definitions/nanoseconds"},
          "text": {"type": "string"}
        }
      },
      "description": "Spans that the expectations ask for."
    },
    "series": {
      "type": "array",
      "items": {
        "type": "object",
        "required": ["kind", "subject", "place", "total", "windows", "points"],
        "properties": {
          "kind": {"enum": ["service", "endpoint", "version", "edge", "journey"]},
          "subject": {"type": "string"},
          "place": {
            "type": "object",
            "required": [],
            "properties": {
              "service": {"$ref": "#/definitions/count"},
              "caller": {"$ref": "#/definitions/count"},
              "endpoint": {"$ref": "#/definitions/count"},
              "version": {"$ref": "#/definitions/count"},
              "load": {"$ref": "#/definitions/count"},
              "journey": {"$ref": "#/definitions/count"},
              "text": {"type": "string"}
            },
            "description": "Indices into the scenario, for programs that read the result back."
          },
          "total": {"$ref": "#/definitions/total"},
          "windows": {
            "type": "array",
            "items": {"$ref": "#/definitions/window"},
            "description": "One for each of the outermost `windows`."
          },
          "points": {
            "allOf": [{"$ref": "#/definitions/points"}],
            "description": "One column per figure, one entry per bucket of run.bucket_ns."
          }
        }
      }
    },
    "gauges": {
      "type": "array",
      "items": {
        "type": "object",
        "required": ["service", "queue_milli", "utilisation_ppm", "in_flight_milli", "instances_up"],
        "properties": {
          "service": {"type": ["string", "null"]},
          "queue_milli": {"type": "array", "items": {"$ref": "#/definitions/count"}},
          "utilisation_ppm": {"type": "array", "items": {"$ref": "#/definitions/count"}},
          "in_flight_milli": {"type": "array", "items": {"$ref": "#/definitions/count"}},
          "instances_up": {"type": "array", "items": {"$ref": "#/definitions/count"}}
        }
      }
    },
    "events": {
      "type": "array",
      "items": {
        "type": "object",
        "required": [
          "at_ns",
          "kind",
          "service",
          "caller",
          "instance",
          "fault",
          "fault_index",
          "reason",
          "count"
        ],
        "properties": {
          "at_ns": {"$ref": "#/definitions/nanoseconds"},
          "kind": {"type": "string"},
          "service": {"type": ["string", "null"]},
          "caller": {"type": ["string", "null"]},
          "instance": {"type": ["integer", "null"]},
          "fault": {"type": ["string", "null"]},
          "fault_index": {"type": ["integer", "null"]},
          "reason": {"type": "string"},
          "count": {"$ref": "#/definitions/count"}
        }
      }
    },
    "events_dropped": {"$ref": "#/definitions/count"},
    "explanations": {
      "type": "array",
      "items": {
        "type": "object",
        "required": ["text", "service", "caller", "count", "first_ns", "last_ns"],
        "properties": {
          "text": {"type": "string"},
          "service": {"type": ["string", "null"]},
          "caller": {"type": ["string", "null"]},
          "count": {"$ref": "#/definitions/count"},
          "first_ns": {"$ref": "#/definitions/nanoseconds"},
          "last_ns": {"$ref": "#/definitions/nanoseconds"}
        }
      }
    },
    "checkpoints": {"type": "array", "items": {"$ref": "#/definitions/hash"}},
    "source": {
      "type": "object",
      "required": ["file", "overrides", "files"],
      "properties": {
        "file": {"type": "string"},
        "overrides": {"type": "array", "items": {"type": "string"}},
        "files": {
          "type": "array",
          "items": {
            "type": "object",
            "required": ["name", "text"],
            "properties": {"name": {"type": "string"}, "text": {"type": "string"}}
          }
        }
      },
      "description": "What the scenario was made from: the texts of all files that were read."
    },
    "digest": {
      "type": "string",
      "pattern": "^sha256:[0-9a-f]{64}$",
      "description": "Over all that comes before, white space between tokens left out."
    }
  },
  "definitions": {
    "nanoseconds": {"type": "integer", "minimum": 0, "description": "Since the start of the run, or a length."},
    "nanoseconds_or_never": {"type": ["integer", "null"], "minimum": 0, "description": "null: never."},
    "count": {"type": "integer", "minimum": 0},
    "ppm": {"type": "integer", "minimum": 0, "description": "Parts per million."},
    "hash": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
    "outcomes": {
      "type": "object",
      "properties": {
        "ok": {"$ref": "#/definitions/count"},
        "client_error": {"$ref": "#/definitions/count"},
        "server_error": {"$ref": "#/definitions/count"},
        "timeout": {"$ref": "#/definitions/count"},
        "refused": {"$ref": "#/definitions/count"},
        "no_host": {"$ref": "#/definitions/count"},
        "connection": {"$ref": "#/definitions/count"},
        "injected": {"$ref": "#/definitions/count"}
      },
      "description": "Those that never happened are left out."
    },
    "histogram": {
      "type": "object",
      "required": ["sum_ns", "mean_ns", "min_ns", "max_ns", "steps_and_counts"],
      "properties": {
        "sum_ns": {"$ref": "#/definitions/nanoseconds"},
        "mean_ns": {"$ref": "#/definitions/nanoseconds"},
        "min_ns": {"$ref": "#/definitions/nanoseconds"},
        "max_ns": {"$ref": "#/definitions/nanoseconds"},
        "steps_and_counts": {"type": "array", "items": {"$ref": "#/definitions/count"}}
      },
      "description": "Latencies. steps_and_counts holds pairs: how many buckets further than the one before, and the number of values in it. Bucket i < 128 holds the value i; bucket i holds the 2^(k-1) values from (128 + i % 128) * 2^(k-1) on, with k = i / 128."
    },
    "total": {
      "type": "object",
      "required": [
        "from_ns",
        "to_ns",
        "count",
        "retries",
        "mean_ns",
        "p50_ns",
        "p90_ns",
        "p99_ns",
        "p999_ns",
        "max_ns",
        "histogram"
      ],
      "properties": {
        "from_ns": {"$ref": "#/definitions/nanoseconds"},
        "to_ns": {"$ref": "#/definitions/nanoseconds"},
        "count": {"$ref": "#/definitions/count"},
        "ok": {"$ref": "#/definitions/count"},
        "client_error": {"$ref": "#/definitions/count"},
        "server_error": {"$ref": "#/definitions/count"},
        "timeout": {"$ref": "#/definitions/count"},
        "refused": {"$ref": "#/definitions/count"},
        "no_host": {"$ref": "#/definitions/count"},
        "connection": {"$ref": "#/definitions/count"},
        "injected": {"$ref": "#/definitions/count"},
        "retries": {"$ref": "#/definitions/count"},
        "mean_ns": {"$ref": "#/definitions/nanoseconds"},
        "p50_ns": {"$ref": "#/definitions/nanoseconds"},
        "p90_ns": {"$ref": "#/definitions/nanoseconds"},
        "p99_ns": {"$ref": "#/definitions/nanoseconds"},
        "p999_ns": {"$ref": "#/definitions/nanoseconds"},
        "max_ns": {"$ref": "#/definitions/nanoseconds"},
        "histogram": {"$ref": "#/definitions/histogram"}
      }
    },
    "window": {
      "type": ["object", "null"],
      "required": ["count", "retries", "histogram"],
      "properties": {
        "count": {"$ref": "#/definitions/count"},
        "ok": {"$ref": "#/definitions/count"},
        "client_error": {"$ref": "#/definitions/count"},
        "server_error": {"$ref": "#/definitions/count"},
        "timeout": {"$ref": "#/definitions/count"},
        "refused": {"$ref": "#/definitions/count"},
        "no_host": {"$ref": "#/definitions/count"},
        "connection": {"$ref": "#/definitions/count"},
        "injected": {"$ref": "#/definitions/count"},
        "retries": {"$ref": "#/definitions/count"},
        "histogram": {"$ref": "#/definitions/histogram"}
      },
      "description": "null: the figures of `total`."
    },
    "points": {
      "type": "object",
      "required": ["count", "latency_sum_ns", "p50_ns", "p90_ns", "p99_ns", "max_ns"],
      "properties": {
        "ok": {"type": "array", "items": {"$ref": "#/definitions/count"}},
        "client_error": {"type": "array", "items": {"$ref": "#/definitions/count"}},
        "server_error": {"type": "array", "items": {"$ref": "#/definitions/count"}},
        "timeout": {"type": "array", "items": {"$ref": "#/definitions/count"}},
        "refused": {"type": "array", "items": {"$ref": "#/definitions/count"}},
        "no_host": {"type": "array", "items": {"$ref": "#/definitions/count"}},
        "connection": {"type": "array", "items": {"$ref": "#/definitions/count"}},
        "injected": {"type": "array", "items": {"$ref": "#/definitions/count"}},
        "count": {"type": "array", "items": {"$ref": "#/definitions/count"}},
        "retries": {"type": "array", "items": {"$ref": "#/definitions/count"}},
        "latency_sum_ns": {"type": "array", "items": {"$ref": "#/definitions/count"}},
        "p50_ns": {"type": "array", "items": {"$ref": "#/definitions/count"}},
        "p90_ns": {"type": "array", "items": {"$ref": "#/definitions/count"}},
        "p99_ns": {"type": "array", "items": {"$ref": "#/definitions/count"}},
        "max_ns": {"type": "array", "items": {"$ref": "#/definitions/count"}}
      }
    }
  }
}
)schema";
// clang-format on

}  // namespace

std::string_view result_schema() { return kSchema; }

}  // namespace shaketable::reports
