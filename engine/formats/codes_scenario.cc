#include "engine/formats/codes_table.h"

// Codes of scenarios, and of the lints of meshes and scenarios.
namespace shaketable::engine {
namespace {

constexpr CodeInfo kCodes[] = {
    {"ST1301", "No mesh",
     "A scenario names a mesh file (`mesh: meshes/shop.yaml`, relative to itself), or holds "
     "`services`, or `mesh: {services: ...}`."},
    {"ST1302", "Not a load",
     "A load is a closed loop (`workers` with `scenarios` or `steps`) or an open one (`rate` "
     "with `request`)."},
    {"ST1303", "Load at a service that is no entry",
     "Set `entry: true` at the service, or send the load to the one that calls it."},
    {"ST1304", "Ambiguous",
     "Several things have this name; say which one (`gateway GET /x`, {service: ...}, {zone: "
     "...})."},
    {"ST1305", "Not a fault",
     "A fault has exactly one kind (delay, abort, reset, blackhole, partition, kill, pause, "
     "slow, loss, load, config_push, zone_loss, scale) and the settings that belong to it."},
    {"ST1306", "Not a target of this fault",
     "`on` is a service, `service version`, `service GET /path`, an instance (`catalog-2`, "
     "from 1), a zone, or a map of these; `between` is a list of two."},
    {"ST1307", "No such edge",
     "The two services never call each other, so that nothing between them can break or be "
     "measured."},
    {"ST1308", "No such fault",
     "Windows and blast radius refer to faults by the name under `faults`."},
    {"ST1309", "Not an expectation",
     "Each item has one of metric, event, recovered, blast_radius, and the settings that "
     "belong to it."},
    {"ST1310", "Not a bound",
     "`must` begins with <, <=, >, >= or == and a value in the metric's unit, or is `10% +- "
     "2%`."},
    {"ST1311", "A span of time that cannot be",
     "It is empty, begins after the run, or refers to the end of a fault that never ends."},
    {"ST1312", "Nothing has this name",
     "`of` is a service, `service GET /path`, `service version`, `caller -> service`, a load "
     "or a journey."},
    {"ST1313", "A run that cannot be", "The warm-up must be shorter than the run."},
    {"ST1314", "No such load", "The name is not under `load`."},
    {"ST1315", "A variable without a value",
     "Every `${name}` needs a name of `variables` (`user.name` for the column of a file), a "
     "`capture`, a `set`, or one that is built in: worker, run, uuid. `$${` is the text `${`."},
    {"ST1316", "Not a question about an answer",
     "Checks, branches and loops ask: ok, failed, status 2xx, latency < 300ms, size < 10KiB, "
     "header NAME == TEXT, body contains TEXT, json /pointer == TEXT, ${name} == TEXT, grpc OK, "
     "chance 20%; `not` before it turns it round."},
    {"ST1317", "Virtual time passes over it",
     "The simulator knows status and time of an answer, but no content. Checks of bodies hold "
     "there, captures and variables have no value, branches and loops that ask for them are "
     "taken as often as `assumed` says. `shaketable-load` follows all of it."},
    {"ST1318", "A molotov.json that cannot be followed",
     "What is written in Python is not read: write the journeys as YAML, the message says which."},
    {"ST1320", "--set cannot be applied",
     "Paths are keys with dots between them, from the top of the file: "
     "services.catalog.instances=5. Names of services, loads and faults must be there; list "
     "items are counted from 0."},
    {"ST1501", "Outlier detection that cannot eject",
     "max_ejection_percent of the number of hosts is below one host, so Envoy (since 1.28) "
     "ejects none. Raise the percent, add hosts, or set always_eject_one_host."},
    {"ST1502", "Tries that do not fit",
     "The route's timeout covers all tries with their pauses. When tries x per_try_timeout is "
     "longer, the last tries are cut off or never made."},
    {"ST1503", "The caller gives up first",
     "The callee may wait for its own callee longer than its caller waits for it. The caller "
     "fails (and retries) while work goes on that nobody waits for. Timeouts should shrink "
     "from the entry inwards."},
    {"ST1504", "Retries multiply",
     "Each level tries again on its own: three levels of three tries are 27 requests at the "
     "last service, just when it is overloaded. Retry at one level, or use retry budgets."},
    {"ST1505", "A subset without instances", "Requests to it are answered with 503."},
    {"ST1506", "A route that is never used",
     "Routes are tried in order, and an earlier one takes every request."},
    {"ST1507", "Weights that do not add up to 100",
     "Weights are relative to their sum, so nothing breaks; the shares are other ones than the "
     "numbers look like."},
    {"ST1508", "Retries that never happen",
     "There is no condition, or retriable-status-codes without a code."},
    {"ST1510", "No load", "Without `load` no request is ever sent."},
    {"ST1511", "A fault after the run", "It begins at or after the end of the run."},
    {"ST1512", "A fault that hits nothing",
     "No instance fits all parts of its target, or no load reaches the endpoint."},
    {"ST1513", "A load after the run", "It begins at or after the end of the run."},
    {"ST1514", "Nothing is expected", "Without `expect` a scenario cannot fail."},
    {"ST1515", "A service without load", "No load reaches it through calls or routes."},
    {"ST1516", "A fault that is over before it has risen",
     "`ramp` is longer than the fault lasts (as it is when somebody stops a fault that still "
     "rises): "
     "it never has its whole size."},
    {"ST1517", "A route that finds no endpoint",
     "A request that is sent or mirrored to another service than the one that it names is served "
     "by the endpoint of the same name there (after a rewrite: of that path). Without one it is "
     "answered with 404: no failure for `success_rate`, and of a mirror nobody sees it at all, "
     "because answers to copies are thrown away."},
};

}  // namespace

std::span<const CodeInfo> scenario_codes() { return kCodes; }

}  // namespace shaketable::engine
