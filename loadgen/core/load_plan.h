#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "loadgen/core/text_template.h"
#include "proxy/base/distribution.h"
#include "proxy/base/time.h"

/// What a load is, as plain data: read from a file by `engine/formats`, made by a program's
/// options, carried out in virtual time by `engine/sim` and on sockets by `loadgen/live`.
/// Everything that a file names (bodies, CSV, JSON) has been read: nothing here needs another look
/// at the disk.
namespace shaketable::loadgen {

inline constexpr std::uint32_t kNoIndex = ~std::uint32_t{0};

// ---- conditions --------------------------------------------------------------------------------

enum class Comparison : std::uint8_t {
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kContains,
  kMatches,  ///< RE2, anywhere in the text.
  kExists,
};

/// A question about the last answer, a variable, or chance. One kind of thing serves checks of a
/// request, branches and loops.
struct Condition {
  enum class Kind : std::uint8_t {
    kSucceeded,  ///< The last request: answered, below 400 or as its status check says, all checks.
    kStatus,     ///< The status is in one of `statuses`.
    kLatency,    ///< From the intended start to the end of the answer: `number` in ns.
    kHeader,     ///< Header `subject` of the answer.
    kBody,       ///< The body as text.
    kBodySize,   ///< In bytes: `number`.
    kJson,       ///< The value at JSON pointer `subject` of the body.
    kVariable,   ///< Variable `variable`.
    kChance,     ///< True with a probability of `number` ppm.
    kGrpcStatus,  ///< `number`.
  };
  Kind kind = Kind::kSucceeded;
  Comparison comparison = Comparison::kEqual;
  bool negate = false;
  std::string subject;
  VariableIndex variable = kNoVariable;
  TextTemplate text;  ///< What is compared with.
  std::int64_t number = 0;
  std::vector<std::pair<std::uint16_t, std::uint16_t>> statuses;  ///< Inclusive ranges.
  /// Branches and loops in virtual time, where answers have no content: how often it holds, ppm.
  std::uint32_t assumed_ppm = 0;
  std::string source;  ///< As written, for people: "status 2xx".
};

/// True if virtual time can answer the question: status, latency, chance, outcome.
[[nodiscard]] bool is_known_in_virtual_time(const Condition& condition);
/// `value COMPARISON number`, for comparisons of numbers; the others are false.
[[nodiscard]] bool compare(std::int64_t value, Comparison comparison, std::int64_t number);
/// True if one of the inclusive ranges holds the status.
[[nodiscard]] bool contains(const std::vector<std::pair<std::uint16_t, std::uint16_t>>& ranges,
                            std::uint16_t status);

// ---- requests ----------------------------------------------------------------------------------

/// Takes a piece of the answer for later requests.
struct Capture {
  enum class From : std::uint8_t {
    kJson,    ///< `expression` is a JSON pointer (RFC 6901).
    kRegex,   ///< RE2 over the body; group `group`.
    kHeader,  ///< Name of a header.
    kCookie,  ///< Name of a cookie in the session's jar after the answer.
    kStatus,
    kBody,
  };
  VariableIndex variable = kNoVariable;
  From from = From::kJson;
  std::string expression;
  std::uint32_t group = 1;
  bool optional = false;  ///< Not found: `fallback`, instead of a failure of the request.
  std::string fallback;
};

struct FormField {
  std::string name;
  TextTemplate value;
  std::string file_name;     ///< Multipart: the part is a file.
  std::string content_type;  ///< Multipart; empty = none.
};

struct Body {
  enum class Kind : std::uint8_t { kNone, kText, kJson, kForm, kMultipart };
  Kind kind = Kind::kNone;
  TextTemplate text;              ///< kText (also what a file held), kJson.
  std::vector<FormField> fields;  ///< kForm, kMultipart.
  std::string content_type;       ///< Empty = the kind's own; sent unless a header says otherwise.
};

struct HeaderTemplate {
  std::string name;  ///< Lower case.
  TextTemplate value;
};

/// What a WebSocket conversation does, in order.
struct SocketStep {
  enum class Kind : std::uint8_t { kSend, kExpect, kWait, kClose };
  Kind kind = Kind::kSend;
  bool binary = false;
  TextTemplate text;  ///< kSend.
  std::vector<Condition>
      checks;  ///< kExpect: kBody, kJson, ... of the message; frames that do not fit are skipped.
  std::vector<Capture> captures;  ///< kExpect.
  proxy::Duration time{};  ///< kExpect: gives up after it (0 = the request's timeout); kWait.
};

/// One thing that is sent and answered.
struct Request {
  enum class Protocol : std::uint8_t { kHttp, kGrpc, kWebSocket, kEventStream };
  Protocol protocol = Protocol::kHttp;
  std::string name;  ///< In statistics; never empty: "GET /products" as written by default.
  std::string method = "GET";
  std::string origin;  ///< "https://other:8443"; empty = the target's.
  TextTemplate path;   ///< Begins with `/`, without the query.
  std::vector<std::pair<std::string, TextTemplate>> query;  ///< Encoded when rendered.
  TextTemplate raw_query;  ///< As written behind `?`: sent as it is, before `query`.
  std::vector<HeaderTemplate> headers;
  Body body;
  proxy::Duration timeout{};      ///< 0 = the load's.
  std::uint32_t redirects = 0;    ///< Followed at most; the last answer counts.
  std::vector<std::string> tags;  ///< Of the request's own statistics.
  std::vector<Capture> captures;
  std::vector<Condition> checks;     ///< All must hold, else the run of the journey fails.
  bool accepts_any_status = false;   ///< A status from 400 is no failure by itself.
  bool continue_on_failure = false;  ///< The journey goes on, the run is a failure all the same.

  // kGrpc: the body is `messages`, encoded by `descriptors`.
  std::string grpc_service;  ///< "package.Service"
  std::string grpc_method;
  std::uint32_t descriptors = kNoIndex;  ///< Index into LoadPlan::descriptor_sets.
  std::vector<TextTemplate> messages;    ///< JSON; several of them stream.
  // kWebSocket
  std::vector<SocketStep> conversation;
  // kEventStream: over after so many events, or after `listen`, whichever comes first; 0 = no
  // limit.
  std::uint32_t events = 1;
  proxy::Duration listen{};
};

// ---- journeys ----------------------------------------------------------------------------------

/// A step of a journey. Steps form a tree: loops and branches hold steps.
struct Step {
  enum class Kind : std::uint8_t {
    kRequest,
    kThink,
    kLoop,    ///< `steps`, `count` times at most, while `condition` (if there is one) holds.
    kBranch,  ///< `steps` if `condition` holds, else `otherwise`.
    kSet,     ///< Variable := text.
    kFail,    ///< Ends the run as a failure.
    kEnd,     ///< Ends the run as it is.
  };
  Kind kind = Kind::kRequest;
  std::uint32_t request = kNoIndex;  ///< Index into LoadPlan::requests.
  proxy::Distribution think;
  std::uint32_t count = 1;           ///< kLoop.
  std::vector<Condition> condition;  ///< kLoop, kBranch: all of them hold; empty = true.
  bool until = false;                ///< kLoop: `condition` is asked after a turn, and ends it.
  std::vector<Step> steps;
  std::vector<Step> otherwise;
  VariableIndex variable = kNoVariable;  ///< kSet.
  TextTemplate text;                     ///< kSet, kFail (why).
};

/// A weighted user scenario (Molotov's `scenario`).
struct Journey {
  std::string name;
  std::uint32_t weight = 1;   ///< 0 is never picked.
  proxy::Distribution delay;  ///< Slept after a run that succeeded (Molotov's scenario delay).
  std::vector<std::string> tags;
  std::vector<Step> steps;
};

/// The requests that steps may send, in order of the file, those of loops and branches as well.
[[nodiscard]] std::vector<std::uint32_t> requests_of(const std::vector<Step>& steps);

// ---- variables ---------------------------------------------------------------------------------

/// Where values come from. Columns become variables `name.column`; a single one is `name`.
struct VariableSource {
  enum class Kind : std::uint8_t { kRows, kRange, kRandom, kRandomText, kUuid };
  enum class Order : std::uint8_t {
    kInOrder,   ///< Row after row, from the first again.
    kRandom,    ///< Any row, independently.
    kShuffled,  ///< Each once in random order, then shuffled anew.
    kOnce,      ///< Row after row; a run that finds none left ends the load for its worker.
    kByWorker,  ///< Row `worker` modulo their number.
  };
  enum class Renewal : std::uint8_t { kRun, kSession, kRequest };
  std::string name;
  Kind kind = Kind::kRows;
  Order order = Order::kInOrder;
  Renewal renewal = Renewal::kRun;
  std::vector<VariableIndex> columns;          ///< Where the values of a row go.
  std::vector<std::vector<std::string>> rows;  ///< kRows; at least one.
  std::int64_t low = 0, high = 0, step = 1;    ///< kRange, kRandom: inclusive.
  std::uint32_t length = 0;                    ///< kRandomText: letters and digits.
};

// ---- authentication ----------------------------------------------------------------------------

struct Authentication {
  enum class Kind : std::uint8_t { kNone, kBasic, kBearer, kApiKey };
  Kind kind = Kind::kNone;
  TextTemplate user, password;  ///< kBasic.
  TextTemplate token;           ///< kBearer, kApiKey.
  std::string header;           ///< kApiKey: lower case; or
  std::string query;            ///< kApiKey: name of a query parameter.
};

/// Where load goes when it is real, and how. Empty = the program must be told.
struct Target {
  std::string url;          ///< http://, https://, unix:///path or unix:///path:/base
  std::string certificate;  ///< Of the client (mutual TLS), PEM file.
  std::string private_key;
  std::string authorities;  ///< PEM file of those we believe; empty = the system's.
  std::string server_name;  ///< SNI and the name that is verified; empty = the URL's.
  bool verify = true;
  enum class Http : std::uint8_t { kAny, kHttp1, kHttp2 };
  Http http = Http::kAny;                     ///< kAny: ALPN decides; clear text is HTTP/1.1.
  std::uint32_t streams = 1;                  ///< HTTP/2: at once on a connection.
  std::uint64_t requests_per_connection = 0;  ///< 0 = connections stay.
};

// ---- arrivals ----------------------------------------------------------------------------------

/// A stretch of an arrival rate: straight from `from_ups` to `to_ups` over `length`. Rates are
/// micro-requests per second: 1 request/s is 1'000'000. A length of zero is a jump.
struct RateStage {
  std::uint64_t from_ups = 0;
  std::uint64_t to_ups = 0;
  proxy::Duration length{};  ///< >= 0
};

enum class Arrivals : std::uint8_t {
  kPoisson,   ///< Independent users: exponential gaps.
  kConstant,  ///< Evenly spaced; the first arrival at the first moment of a positive rate.
};

/// What happens to an arrival when `max_in_flight` runs are under way.
enum class WhenFull : std::uint8_t {
  kDrop,  ///< It is counted as dropped and never sent.
  kWait,  ///< It waits its turn; its latency counts from when it was due.
};

/// How workers choose their next journey.
enum class Picker : std::uint8_t {
  kWeighted,   ///< At random, by weight, over the journeys in order of their names.
  kSingleRun,  ///< Every journey once in order of names, then the worker ends (Molotov).
  kInTurn,     ///< Every journey in order of names, again and again.
};

// ---- the load ----------------------------------------------------------------------------------

/// `p99 < 300ms`, `error_rate < 1%`: what must hold at the end, for the exit code.
struct Threshold {
  enum class Metric : std::uint8_t {
    kErrorRate,   ///< ppm of requests.
    kFailedRuns,  ///< Count of runs of journeys.
    kLatency,     ///< Quantile `quantile_ppm` of latency from the intended start, ns.
    kMean,        ///< ns
    kMax,         ///< ns
    kRate,        ///< Requests per second, ups.
    kDropped,     ///< Count.
  };
  Metric metric = Metric::kLatency;
  std::uint32_t quantile_ppm = 0;
  std::string of;  ///< Journey, request or tag; empty = all.
  Comparison comparison = Comparison::kLess;
  std::int64_t value = 0;
  bool aborts = false;  ///< The run ends as soon as it is certain or clearly missed.
  std::string source;   ///< As written.
};

/// Steps that are no load: their requests are counted apart. A failure of a set-up stops the load.
struct Fixtures {
  std::vector<Step> global_set_up;      ///< Once, before anything; captures are everybody's.
  std::vector<Step> worker_set_up;      ///< Once for each worker, before its first run.
  std::vector<Step> session_set_up;     ///< Once for each session (cookies, connections).
  std::vector<Step> session_tear_down;  ///< Failures are counted only.
  std::vector<Step> worker_tear_down;
  std::vector<Step> global_tear_down;
};

/// One load: a closed loop when `workers` > 0, else an open one.
struct LoadPlan {
  std::string name;
  // closed loop
  std::uint32_t workers = 0;
  /// Molotov's processes: so many workers each begin at the same moments of the ramp-up; they are
  /// in `workers` already. Greater than 0.
  std::uint32_t processes = 1;
  proxy::Duration ramp_up{};           ///< Worker i of n starts at start + i * ramp_up / n.
  proxy::Distribution delay;           ///< Between two steps of a worker, and between runs.
  proxy::Distribution run_delay;       ///< After every run (Molotov's --delay).
  proxy::Duration worker_duration{};   ///< Each from its own start; 0 = no limit.
  std::uint64_t max_runs = 0;          ///< Of each worker; 0 = no limit.
  std::uint64_t runs_per_session = 0;  ///< Then new cookies and connections; 0 = one session.
  Picker picker = Picker::kWeighted;
  // open loop
  std::vector<RateStage> stages;  ///< After the last stage its `to` rate holds.
  bool repeats = false;           ///< The stages begin again after the last one, for ever.
  Arrivals arrivals = Arrivals::kPoisson;
  std::vector<proxy::Duration> recorded;  ///< Moments after `start`, not decreasing.
  std::uint64_t max_in_flight = 0;        ///< Runs at once; 0 = no limit.
  WhenFull when_full = WhenFull::kDrop;
  // both
  std::vector<Journey> journeys;  ///< In order of names when there are several.
  std::vector<Request> requests;
  Fixtures fixtures;
  std::vector<std::string> variable_names;
  std::vector<VariableSource> variables;
  std::vector<std::string> descriptor_sets;  ///< Bytes of FileDescriptorSets.
  Authentication authentication;
  proxy::Instant start = proxy::kStart;
  proxy::Instant stop = proxy::kNever;  ///< Nothing new starts at or after it.
  proxy::Duration timeout{};            ///< The client gives up; 0 = it waits for ever.
  bool stop_on_failure = false;         ///< The first failed run ends the load (Molotov's -x).
  bool continue_on_failure = false;  ///< Runs go on after a failed request; they count as failed.
  std::uint64_t fail_threshold = 0;  ///< So many failed runs are a failure; 0 = no limit.
  std::vector<Threshold> thresholds;
};

/// A load document for the live program: `target:` and `load:`.
struct LoadFile {
  std::string name;
  std::string about;
  std::string file;
  Target target;
  proxy::Duration duration{};  ///< 0 = until the loads end by themselves.
  proxy::Duration warm_up{};   ///< Counted apart.
  std::uint64_t seed = 1;
  std::vector<LoadPlan> loads;
};

}  // namespace shaketable::loadgen
