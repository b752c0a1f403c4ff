#include "engine/formats/schema_spec.h"

// What `load:` may say, in a scenario and in a load file of its own.
namespace shaketable::engine::spec {
namespace {

constexpr KeyUse kRequired = KeyUse::kRequired;

constexpr KeySpec kLoadFileKeys[] = {
    {"name", "name", "The name of the load.", "the file's name"},
    {"about", "text", "What it shows, for readers."},
    {"target", "text|load_target", "Where requests go: a URL, or a map with `url`."},
    {"run", "load_run", "How long, and from which seed."},
    {"load", "{load}", "Who sends requests, by name.", "", kRequired},
};

constexpr KeySpec kLoadTargetKeys[] = {
    {"url", "text", "http://, https:// or unix:///path/to/socket.", "", kRequired},
    {"certificate", "path", "PEM file with the client's certificate (mutual TLS)."},
    {"private_key", "path", "PEM file with its key."},
    {"authorities", "path", "PEM file of the authorities that are believed.", "the system's"},
    {"server_name", "name", "SNI, and the name that the certificate must have.", "the URL's host"},
    {"verify", "bool", "Whether the server's certificate is looked at.", "true"},
    {"http", "word:http_version", "HTTP version.", "auto"},
    {"streams", "integer", "HTTP/2: requests at once on a connection.", "1"},
    {"requests_per_connection", "integer", "Then a new one; 0 = connections stay.", "0"},
};

constexpr KeySpec kLoadRunKeys[] = {
    {"duration", "duration", "Nothing new starts afterwards.", "until the loads end"},
    {"warm_up", "duration", "Counted apart.", "0s"},
    {"seed", "integer", "Same seed, same choices.", "1"},
};

constexpr KeySpec kLoadKeys[] = {
    {"about", "text", "Who this is, for readers."},
    // closed loop
    {"workers", "integer", "Closed loop: users that act, wait, and act again."},
    {"ramp_up", "duration", "Closed loop: the workers start one by one over it.", "0s"},
    {"delay", "time", "Closed loop: between two steps of a worker, and between runs.", "0s"},
    {"run_delay", "time", "Closed loop: after every run of a journey, too.", "0s"},
    {"duration", "duration", "Closed loop: of each worker, from its own start."},
    {"max_runs", "integer", "Closed loop: runs of each worker; 0 = no limit.", "0"},
    {"runs_per_session", "integer",
     "Closed loop: then new cookies and connections; 0 = one session.", "0"},
    {"picker", "word:picker", "Closed loop: how workers choose their next journey.", "weighted"},
    // open loop
    {"rate", "rate|rate_map",
     "Open loop: requests or journeys that do not wait for answers, and how many a second."},
    {"arrivals", "word:arrivals", "Open loop: random or evenly spaced.", "poisson"},
    {"max_in_flight", "integer", "Open loop: runs at once; 0 = no limit.", "0"},
    {"when_full", "word:when_full_load",
     "Open loop: what becomes of an arrival beyond `max_in_flight`.", "drop"},
    // what is done
    {"scenarios", "{journey}", "Weighted journeys."},
    {"steps", "[journey_step]", "The only journey, instead of `scenarios`."},
    {"request", "text", "The only step: `GET /products` or `gateway GET /products`."},
    {"headers", "{text}", "Headers of `request`."},
    {"query", "text", "Query string of `request`, without `?`."},
    {"json", "any", "Body of `request`: written as YAML, sent as JSON."},
    {"body", "text", "Body of `request`: a text, as it is."},
    {"check", "condition|[condition]", "What must hold of the answers to `request`."},
    {"variables", "{variable}", "Values for `${name}`."},
    {"auth", "load_auth", "Authentication of every request."},
    {"set_up", "load_fixtures", "Steps before the load."},
    {"tear_down", "load_fixtures", "Steps after it."},
    {"timeout", "duration",
     "The client gives up; 0s = it waits for ever in virtual time, 30s on real connections.", "0s"},
    {"at", "duration", "Starts then.", "0s"},
    {"until", "duration", "Sends nothing new from then on.", "the end of the run"},
    {"on_failure", "word:on_failure", "What a failed request does to the rest of its run.",
     "end_run"},
    {"stop_on_failure", "bool", "The first failed run ends the load.", "false"},
    {"fail", "integer", "So many failed runs are a failure; 0 = no limit.", "0"},
    {"thresholds", "[text|threshold]", "What must hold at the end: `p99 < 300ms`."},
};

constexpr KeySpec kRateKeys[] = {
    {"stages", "[rate_stage]", "One after the other, from 0/s; the last rate holds."},
    {"repeat", "bool", "stages: over again from the first, for ever.", "false"},
    {"steps", "rate_steps", "Stairs: from one rate to another in equal steps."},
    {"spikes", "rate_spikes", "A base rate, and peaks at regular times."},
    {"sine", "rate_sine", "Up and down like a day."},
    {"recorded", "path|recorded", "Arrivals of an access log, with its own timing."},
};

constexpr KeySpec kRateStageKeys[] = {
    {"to", "rate", "Changes evenly to this rate, within `over`."},
    {"over", "duration", "How long the change takes."},
    {"hold", "duration", "The rate stays for this long."},
    {"rate", "rate", "Jumps to this rate."},
    {"for", "duration", "How long it stays there."},
};

constexpr KeySpec kRateStepsKeys[] = {
    {"from", "rate", "The first rate.", "", kRequired},
    {"to", "rate", "The last rate, which holds.", "", kRequired},
    {"by", "rate", "Difference of one step.", "", kRequired},
    {"every", "duration", "Length of one step.", "", kRequired},
};

constexpr KeySpec kRateSpikesKeys[] = {
    {"base", "rate", "Between the peaks.", "", kRequired},
    {"peak", "rate", "During a peak.", "", kRequired},
    {"every", "duration", "From the beginning of one peak to the next.", "", kRequired},
    {"for", "duration", "Length of a peak.", "", kRequired},
};

constexpr KeySpec kRateSineKeys[] = {
    {"mean", "rate", "In the middle, and at the start.", "", kRequired},
    {"amplitude", "rate", "How far up and down; at most the mean.", "", kRequired},
    {"period", "duration", "Of one swing.", "", kRequired},
};

constexpr KeySpec kRecordedKeys[] = {
    {"file", "path", "An access log, relative to this file.", "", kRequired},
    {"format", "word:log_format", "How its lines are written.", "auto"},
    {"speed", "factor", "2 = everything in half the time.", "1"},
    {"scale", "percent", "Arrivals for each in the log: 150% = every second one twice.", "100%"},
    {"as", "name", "A variable for the lines of its requests, for `request: ${NAME}`."},
};

constexpr KeySpec kJourneyKeys[] = {
    {"weight", "integer", "How often, relative to the others.", "1"},
    {"delay", "time", "After a run that succeeded, too.", "0s"},
    {"tags", "[name]", "Statistics are kept for each."},
    {"steps", "[journey_step]", "Requests, thinking, loops and branches, in order.", "", kRequired},
};

constexpr KeySpec kJourneyStepKeys[] = {
    {"think", "time", "A pause of the user."},
    {"request", "text",
     "What is sent: `GET /products/${id}`; `${line}` alone is a variable with all of that."},
    {"endpoint", "text",
     "In virtual time: the endpoint that `request` stands for, where its path does not say."},
    {"name", "name", "The request's name in statistics.", "as written"},
    {"headers", "{text}", "Headers of the request."},
    {"query", "text|{text}", "Query string without `?`, or parameters."},
    {"json", "any", "Body: written as YAML, sent as JSON."},
    {"body", "text", "Body: a text, as it is."},
    {"file", "path", "Body: what the file holds; places are filled in."},
    {"form", "{text}", "Body: fields, sent as application/x-www-form-urlencoded."},
    {"multipart", "{text|form_part}", "Body: fields and files, sent as multipart/form-data."},
    {"timeout", "duration", "Of this request.", "the load's"},
    {"redirects", "integer", "Followed at most.", "0"},
    {"tags", "[name]", "Statistics are kept for each."},
    {"capture", "{text|capture}",
     "Values of the answer for `${name}`: `json /token`, `header x-id`, `cookie sid`, `regex "
     "id=([0-9]+)`, `status`, `body`."},
    {"check", "condition|[condition]", "What must hold of the answer."},
    {"any_status", "bool", "A status from 400 on is no failure by itself.", "false"},
    {"on_failure", "word:on_failure", "What its failure does to the rest of the run.",
     "the load's"},
    {"repeat", "integer", "Loop: `steps` so many times at most."},
    {"while", "condition|[condition]", "Loop: asked before each turn."},
    {"until", "condition|[condition]", "Loop: asked after each turn."},
    {"steps", "[journey_step]", "Loop: what is repeated."},
    {"if", "condition|[condition]", "Branch: `then` when all of it holds, `else` otherwise."},
    {"then", "[journey_step]", "Branch."},
    {"else", "[journey_step]", "Branch."},
    {"assumed", "percent",
     "Branch, loop: how often the condition holds in virtual time, where answers have no content.",
     "0%"},
    {"set", "{text}", "Variables get these values."},
    {"fail", "text", "Ends the run as a failure; why."},
    {"end", "true", "Ends the run."},
    {"grpc", "text",
     "A gRPC method: `package.Service/Method`. Its body is the answer as JSON, of a method that "
     "streams the list of its answers."},
    {"descriptors", "path", "grpc: a file with a FileDescriptorSet (`protoc -o`)."},
    {"message", "any", "grpc: the message, written as YAML."},
    {"messages", "[any]", "grpc: several messages, streamed."},
    {"websocket", "text", "A WebSocket at this path."},
    {"conversation", "[socket_step]", "websocket: what is said, in order."},
    {"events", "text", "Server-Sent Events: `GET /stream`."},
    {"count", "integer", "events: over after so many.", "1"},
    {"listen", "duration", "events: over after this time.", "no limit"},
};

constexpr KeySpec kCaptureKeys[] = {
    {"json", "text", "A JSON pointer into the body."},
    {"regex", "text", "A regular expression over the body."},
    {"group", "integer", "regex: which group.", "1"},
    {"header", "name", "A header of the answer."},
    {"cookie", "name", "A cookie of the session."},
    {"default", "text", "When it is not there; without, the request has failed."},
};

constexpr KeySpec kFormPartKeys[] = {
    {"file", "path", "What the part holds."},
    {"text", "text", "What the part holds."},
    {"file_name", "name", "As the server sees it.", "the file's name"},
    {"content_type", "name", "Of the part."},
};

constexpr KeySpec kSocketStepKeys[] = {
    {"send", "any", "A text, or YAML that is sent as JSON."},
    {"binary", "bool", "send: as a binary message.", "false"},
    {"expect", "condition|[condition]", "Waits for a message of which this holds."},
    {"capture", "{text|capture}", "expect: values of the message."},
    {"within", "duration", "expect: for how long.", "the request's timeout"},
    {"wait", "duration", "A pause."},
    {"close", "true", "Closes the conversation."},
};

constexpr KeySpec kVariableKeys[] = {
    {"text", "text", "Always this."},
    {"csv", "path", "Rows of a file; columns are `${name.column}`."},
    {"header", "bool", "csv: the first row names the columns.", "true"},
    {"separator", "text", "csv: one character.", "','"},
    {"json", "path", "A list in a file, of texts or of maps: `${name}` or `${name.key}`."},
    {"range", "[integer]", "Whole numbers one after the other: [first, last] or with a step."},
    {"random", "[integer]", "Any whole number of [lowest, highest]."},
    {"choice", "[text]", "One of these."},
    {"random_text", "integer", "So many letters and digits."},
    {"uuid", "true", "A random UUID."},
    {"order", "word:row_order",
     "csv, json, range, choice: which comes next; a choice is random by itself.", "in_order"},
    {"per", "word:renewal", "When the next value is taken.", "run"},
};

constexpr KeySpec kAuthKeys[] = {
    {"basic", "auth_basic", "User and password."},
    {"bearer", "text", "A token."},
    {"api_key", "auth_key", "A key in a header or in the query."},
};

constexpr KeySpec kAuthBasicKeys[] = {
    {"user", "text", "The name.", "", kRequired},
    {"password", "text", "The password.", "", kRequired},
};

constexpr KeySpec kAuthKeyKeys[] = {
    {"key", "text", "The key.", "", kRequired},
    {"header", "name", "Sent in this header.", "x-api-key"},
    {"query", "name", "Sent as this parameter of the query instead."},
};

constexpr KeySpec kFixturesKeys[] = {
    {"global", "[journey_step]", "Once for the load."},
    {"worker", "[journey_step]", "Once for each worker."},
    {"session", "[journey_step]", "Once for each session."},
};

constexpr KeySpec kThresholdKeys[] = {
    {"must", "text", "`p99 < 300ms`, `error_rate < 1%`, `rate >= 100/s`.", "", kRequired},
    {"of", "name", "A journey, a request or a tag.", "everything"},
    {"abort", "bool", "The run ends as soon as it is missed.", "false"},
};

}  // namespace

const ObjectSpec kLoadFile{"load_file", "a load file", "A load of its own, for real servers.",
                           kLoadFileKeys};
const ObjectSpec kLoadTarget{"load_target", "a target", "Where requests go, and how.",
                             kLoadTargetKeys};
const ObjectSpec kLoadRun{"load_run", "a run", "How long a load takes.", kLoadRunKeys};
const ObjectSpec kLoad{"load", "a load", "A closed loop (`workers`) or an open one (`rate`).",
                       kLoadKeys};
const ObjectSpec kRate{"rate_map", "a rate", "How the rate of an open loop goes.", kRateKeys};
const ObjectSpec kRateStage{"rate_stage", "a stage", "{to, over}, {hold} or {rate, for}.",
                            kRateStageKeys};
const ObjectSpec kRateSteps{"rate_steps", "steps of a rate", "Stairs.", kRateStepsKeys};
const ObjectSpec kRateSpikes{"rate_spikes", "spikes of a rate", "Peaks at regular times.",
                             kRateSpikesKeys};
const ObjectSpec kRateSine{"rate_sine", "a sine", "A sinusoidal rate.", kRateSineKeys};
const ObjectSpec kRecorded{"recorded", "recorded arrivals", "An access log that is replayed.",
                           kRecordedKeys};
const ObjectSpec kJourney{"journey", "a journey", "A weighted user scenario.", kJourneyKeys};
const ObjectSpec kJourneyStep{"journey_map", "a step of a journey",
                              "A request, thinking, a loop, a branch ...", kJourneyStepKeys};
const ObjectSpec kCapture{"capture", "a capture", "Takes a value from an answer.", kCaptureKeys};
const ObjectSpec kFormPart{"form_part", "a part", "A part of multipart/form-data.", kFormPartKeys};
const ObjectSpec kSocketStep{"socket_step", "a step of a conversation",
                             "What a WebSocket says or waits for.", kSocketStepKeys};
const ObjectSpec kVariable{"variable", "a variable", "Where values come from.", kVariableKeys};
const ObjectSpec kLoadAuth{"load_auth", "authentication", "Who the client is.", kAuthKeys, "",
                           true};
const ObjectSpec kAuthBasic{"auth_basic", "basic authentication", "User and password.",
                            kAuthBasicKeys};
const ObjectSpec kAuthKey{"auth_key", "an API key", "A key in a header or in the query.",
                          kAuthKeyKeys};
const ObjectSpec kFixtures{"load_fixtures", "fixtures", "Steps that are no load.", kFixturesKeys};
const ObjectSpec kThreshold{"threshold", "a threshold", "What must hold at the end.",
                            kThresholdKeys};

}  // namespace shaketable::engine::spec
