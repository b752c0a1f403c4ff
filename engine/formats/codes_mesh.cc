#include "engine/formats/codes_table.h"

// Codes of meshes.
namespace shaketable::engine {
namespace {

constexpr CodeInfo kCodes[] = {
    {"ST1201", "No such service",
     "Nothing under `services` has this name. Calls, traffic, faults and expectations refer to "
     "services by name."},
    {"ST1202", "No such endpoint",
     "The service is there, the endpoint is not. Endpoints are named as they are written under "
     "the service: method, one space, path."},
    {"ST1203", "No such version",
     "The service runs no version of this name. A service without `versions` has one, named v1."},
    {"ST1204", "No such zone", "The name is not in `zones` of the mesh."},
    {"ST1205", "Calls in a circle",
     "A request that comes back to an endpoint on its own path would never end, also when the "
     "call is optional or rare. The message shows the circle; break it where the real system "
     "does (another endpoint, a queue)."},
    {"ST1206", "Weights that cannot be",
     "All weights are zero, percents and plain weights are mixed, or their sum does not fit "
     "into 32 bits."},
    {"ST1207", "Too many of something",
     "A limit of size: 20,000 services, 200,000 instances, 1,000 endpoints or 64 versions of a "
     "service, 256 calls of an endpoint, 10,000 faults and expectations."},
    {"ST1208", "A mesh without services", "`services` is empty, or far above the limit."},
    {"ST1209", "No entry", "Load needs a service that it may enter: `entry: true`."},
    {"ST1210", "A reserved name",
     "work, wait, parallel, sequence, publish and defaults mean something in calls and in "
     "traffic; -> separates caller and callee."},
    {"ST1211", "Not the name of an endpoint",
     "Write `GET /path` (no query), `/path` (a GET), or the name of a remote method without "
     "spaces (a POST)."},
    {"ST1212", "Not a distribution",
     "The parameters contradict each other (p99 below the median, falling quantiles), or there "
     "are too few or too many."},
    {"ST1213", "A setting of another runtime",
     "Sync workers and event loops have `workers` and `queue`, threads a `pool`, and go, jvm "
     "and envoy `cpus` and `max_in_flight`."},
    {"ST1214", "Exactly one key is due",
     "A step, a runtime or a distribution is one key and its value; write several as several "
     "items of a list."},
    {"ST1215", "Two settings exclude each other", "Both cannot hold at once; keep one."},
    {"ST1216", "Not modelled",
     "The key is known and correct, and this version of the simulator does not act on it: the "
     "run is as if it were not written. Judge for yourself whether the result still says what "
     "you want to know."},
    {"ST1217", "Steps nested too deeply",
     "`parallel` and `sequence` may be nested 16 levels deep."},
    {"ST1218", "A route that cannot work",
     "It has several actions, several kinds of path, or a path without its slash."},
    {"ST1219", "One name twice", "Two things of a kind need two names."},
    {"ST1220", "Not a regular expression",
     "Expressions are RE2's, as in Envoy: no look-around and no back-references, and they must fit "
     "the whole value."},
};

}  // namespace

std::span<const CodeInfo> mesh_codes() { return kCodes; }

}  // namespace shaketable::engine
