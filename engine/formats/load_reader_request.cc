#include <algorithm>
#include <string>
#include <utility>

#include "engine/formats/codes.h"
#include "engine/formats/load_reader.h"
#include "engine/formats/mesh_loader_parts.h"
#include "engine/formats/node_editor.h"
#include "engine/formats/printable.h"
#include "engine/formats/scenario_loader_parts.h"
#include "engine/formats/schema_words.h"

// Requests of a load: over HTTP, gRPC, WebSockets and as a stream of events.
namespace shaketable::engine {
namespace {

constexpr std::uint32_t kMaxRedirects = 50;
constexpr std::uint32_t kMaxEvents = 1'000'000'000;
constexpr std::size_t kMaxMessages = 10'000;

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return result;
}

bool is_header_name(std::string_view name) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

/// The sender's own: they belong to the connection or are computed.
bool is_senders(std::string_view name) {
  constexpr std::string_view kNames[] = {"connection",        "content-length", "keep-alive",
                                         "transfer-encoding", "upgrade",        "te"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

/// Parameters of the query, by name.
void read_query_map(const Node& node, loadgen::Request& request, LoadContext& context) {
  for (const MapEntry& entry : read_entries(&node, context.diagnostics, "a map of parameters")) {
    auto value = context.text(entry.value);
    if (value && read_name(entry.key, context.diagnostics)) {
      request.query.emplace_back(std::string(entry.key->text()), std::move(*value));
    }
  }
}

void read_query_text(const Node& node, loadgen::Request& request, LoadRequest& target,
                     LoadContext& context) {
  const auto query = read_string(&node, context.diagnostics, 8'192);
  if (!query) {
    return;
  }
  if (!request.raw_query.empty()) {
    context.names.error(node, code::kContradiction, "the request has a query already",
                        "either `?...` or `query`");
  } else if (query->starts_with('?')) {
    context.names.error(node, code::kMalformed, "the query begins with \"?\"",
                        "only what comes behind it");
  }
  assign(request.raw_query, context.text(node, *query));
  target.query = *query;
}

void read_query(const Node* node, loadgen::Request& request, LoadRequest& target,
                LoadContext& context) {
  if (node != nullptr && request.method.empty()) {
    context.names.error(*node, code::kContradiction, "the line of this request has its own query",
                        "`METHOD /path` in `request`");
  } else if (node != nullptr && node->is_map()) {
    read_query_map(*node, request, context);
  } else if (node != nullptr) {
    read_query_text(*node, request, target, context);
  }
}

std::uint32_t add_request(loadgen::Request request, LoadRequest target, LoadContext& context) {
  Load& load = *context.load;
  load.requests.push_back(std::move(request));
  load.targets.push_back(std::move(target));
  return static_cast<std::uint32_t>(load.requests.size() - 1);
}

/// What a request of a step may be besides its first line.
class RequestReader {
 public:
  RequestReader(const Node& node, LoadContext& context)
      : node_(node), context_(context), diagnostics_(context.diagnostics) {}

  std::uint32_t read();

 private:
  using Protocol = loadgen::Request::Protocol;

  void read_shared();
  bool read_http();
  bool read_grpc();
  bool read_websocket();
  bool read_events();
  void read_socket_step(const Node& node);

  const Node& node_;
  LoadContext& context_;
  Diagnostics& diagnostics_;
  loadgen::Request request_;
  LoadRequest target_;
};

std::uint32_t RequestReader::read() {
  bool is_known = false;
  if (node_.find("grpc") != nullptr) {
    is_known = read_grpc();
  } else if (node_.find("websocket") != nullptr) {
    is_known = read_websocket();
  } else if (node_.find("events") != nullptr) {
    is_known = read_events();
  } else {
    is_known = read_http();
  }
  read_shared();
  return is_known ? add_request(std::move(request_), std::move(target_), context_)
                  : loadgen::kNoIndex;
}

void RequestReader::read_shared() {
  assign(request_.name, read_name(node_.find("name"), diagnostics_));
  read_header_templates(node_.find("headers"), request_, target_, context_);
  assign(request_.timeout, read_duration(node_.find("timeout"), diagnostics_));
  for (const Node* tag : read_sequence(node_.find("tags"), diagnostics_, "a list of tags")) {
    request_.tags.push_back(read_name(tag, diagnostics_).value_or(""));
  }
  read_captures(node_.find("capture"), request_.captures, context_);
  read_conditions(node_.find("check"), request_.checks, context_);
  const auto failure =
      read_enum(node_.find("on_failure"), diagnostics_, words::kOnFailure, "what a failure does");
  request_.continue_on_failure = failure == words::OnFailure::kContinue;
}

bool RequestReader::read_http() {
  refuse_other_keys(
      node_,
      {"request", "endpoint", "name", "headers", "query", "json", "body", "file", "form",
       "multipart", "timeout", "redirects", "tags", "capture", "check", "any_status", "on_failure"},
      context_);
  const bool is_known = read_request_line(*node_.find("request"), node_.find("endpoint"), request_,
                                          target_, context_);
  read_query(node_.find("query"), request_, target_, context_);
  read_body(node_.find("json"), node_.find("body"), node_.find("file"), node_.find("form"),
            node_.find("multipart"), request_, context_);
  assign(request_.redirects, read_count(node_.find("redirects"), diagnostics_, 0, kMaxRedirects));
  assign(request_.accepts_any_status, read_bool(node_.find("any_status"), diagnostics_));
  return is_known;
}

bool RequestReader::read_grpc() {
  refuse_other_keys(node_,
                    {"grpc", "endpoint", "descriptors", "message", "messages", "name", "headers",
                     "timeout", "tags", "capture", "check", "on_failure"},
                    context_);
  request_.protocol = Protocol::kGrpc;
  const Node& line = *node_.find("grpc");
  const auto text = read_name(&line, diagnostics_);
  const std::size_t slash = text ? text->find('/') : std::string::npos;
  if (slash == std::string::npos || slash == 0 || slash + 1 == text->size()) {
    context_.names.error(line, code::kMalformed, "this is no gRPC method",
                         "package.Service/Method");
    return false;
  }
  request_.grpc_service = text->substr(0, slash);
  request_.grpc_method = text->substr(slash + 1);
  request_.method = "POST";
  request_.name = *text;
  request_.path = loadgen::TextTemplate::constant("/" + *text);
  const Node* const descriptors = node_.find("descriptors");
  if (auto bytes = context_.file(descriptors)) {
    auto& sets = context_.load->descriptor_sets;
    const auto found = std::find(sets.begin(), sets.end(), *bytes);
    request_.descriptors = static_cast<std::uint32_t>(found - sets.begin());
    if (found == sets.end()) {
      sets.push_back(std::move(*bytes));
    }
  } else if (descriptors == nullptr) {
    context_.names.error(node_, code::kMissingKey, "a gRPC step needs `descriptors`",
                         "a file made by `protoc -o FILE --include_imports`");
  }
  const Node* const message = node_.find("message");
  const Node* const messages = node_.find("messages");
  if (message != nullptr && messages != nullptr) {
    context_.names.error(*messages, code::kContradiction,
                         "`message` and `messages` exclude each other", "one of them");
  }
  const auto add = [&](const Node& node) {
    if (const auto json = json_text_of(node, context_)) {
      if (auto parsed = context_.text(node, *json)) {
        request_.messages.push_back(std::move(*parsed));
      }
    }
  };
  if (message != nullptr) {
    add(*message);
  }
  const auto items = read_sequence(messages, diagnostics_, "a list of messages");
  for (const Node* item : items.first(std::min(items.size(), kMaxMessages))) {
    add(*item);
  }
  if (message == nullptr && messages == nullptr) {
    request_.messages.push_back(loadgen::TextTemplate::constant("{}"));
  }
  const Node* const endpoint = node_.find("endpoint");
  loadgen::Request unused;
  return context_.scenario == nullptr || read_request_line(endpoint != nullptr ? *endpoint : line,
                                                           nullptr, unused, target_, context_);
}

bool RequestReader::read_websocket() {
  refuse_other_keys(node_,
                    {"websocket", "endpoint", "conversation", "name", "headers", "timeout", "tags",
                     "check", "capture", "on_failure"},
                    context_);
  request_.protocol = Protocol::kWebSocket;
  const bool is_known = read_request_line(*node_.find("websocket"), node_.find("endpoint"),
                                          request_, target_, context_);
  const auto steps = read_sequence(node_.find("conversation"), diagnostics_, "a list of steps");
  for (const Node* step : steps.first(std::min(steps.size(), kMaxMessages))) {
    read_socket_step(*step);
  }
  if (!request_.conversation.empty()) {
    context_.live_only.emplace_back(node_, "conversations of WebSockets");
  }
  return is_known;
}

void RequestReader::read_socket_step(const Node& node) {
  loadgen::SocketStep step;
  if (node.is_scalar() && node.text() == "close") {
    step.kind = loadgen::SocketStep::Kind::kClose;
    request_.conversation.push_back(std::move(step));
    return;
  }
  MapReader map(&node, diagnostics_, "a step of a conversation");
  const Node* const send = map.optional("send");
  const Node* const expect = map.optional("expect");
  const Node* const wait = map.optional("wait");
  const Node* const close = map.optional("close");
  assign(step.binary, read_bool(map.optional("binary"), diagnostics_));
  read_captures(map.optional("capture"), step.captures, context_);
  assign(step.time, read_duration(map.optional("within"), diagnostics_));
  map.finish();
  if (map.ok() &&
      (send != nullptr) + (expect != nullptr) + (wait != nullptr) + (close != nullptr) != 1) {
    context_.names.error(node, code::kBadLoad, "a step of a conversation does one thing",
                         "{send: ...}, {expect: ...}, {wait: 1s} or close");
    return;
  }
  if (send != nullptr) {
    const auto text =
        send->is_scalar() ? read_string(send, diagnostics_) : json_text_of(*send, context_);
    assign(step.text, text ? context_.text(*send, *text) : std::nullopt);
  } else if (expect != nullptr) {
    step.kind = loadgen::SocketStep::Kind::kExpect;
    read_conditions(expect, step.checks, context_);
  } else if (wait != nullptr) {
    step.kind = loadgen::SocketStep::Kind::kWait;
    assign(step.time, read_duration(wait, diagnostics_));
  } else {
    step.kind = loadgen::SocketStep::Kind::kClose;
  }
  request_.conversation.push_back(std::move(step));
}

bool RequestReader::read_events() {
  refuse_other_keys(node_,
                    {"events", "endpoint", "count", "listen", "name", "headers", "query", "timeout",
                     "tags", "check", "capture", "on_failure"},
                    context_);
  request_.protocol = Protocol::kEventStream;
  const bool is_known =
      read_request_line(*node_.find("events"), node_.find("endpoint"), request_, target_, context_);
  read_query(node_.find("query"), request_, target_, context_);
  const Node* const listen = node_.find("listen");
  request_.events = listen != nullptr && node_.find("count") == nullptr ? 0 : 1;
  assign(request_.events, read_count(node_.find("count"), diagnostics_, 1, kMaxEvents));
  assign(request_.listen, read_duration(listen, diagnostics_));
  return is_known;
}

/// `${name}` and nothing else: the whole line of a request.
bool is_variable(std::string_view text) {
  return text.starts_with("${") && text.find('}') == text.size() - 1;
}

}  // namespace

bool read_request_line(const Node& node, const Node* endpoint, loadgen::Request& request,
                       LoadRequest& target, LoadContext& context) {
  const auto line = read_name(&node, context.diagnostics);
  if (!line) {
    return false;
  }
  request.name = *line;
  std::string_view text = *line;
  std::size_t offset = 0;
  if (context.scenario != nullptr) {
    auto found = read_request(endpoint != nullptr ? endpoint : &node, *context.scenario);
    if (found) {
      target = std::move(*found);
    }
    // `gateway GET /x`: the service is the mesh's business, the line begins behind it.
    std::size_t rest = 0;
    if (context.names.split_service(text, rest) != kNone) {
      offset = std::min(rest, text.size());
      text.remove_prefix(offset);
    }
  } else if (endpoint != nullptr) {
    static_cast<void>(read_name(endpoint, context.diagnostics));
  }
  if (is_variable(text)) {
    assign(request.path, context.text(node, text));
    request.method.clear();
    return context.scenario == nullptr || target.endpoint != kNone;
  }
  const std::size_t space = text.find(' ');
  const std::size_t mark = text.find('?');
  std::string_view path = space == std::string_view::npos ? text : text.substr(space + 1);
  if (space != std::string_view::npos && space < mark) {
    request.method = std::string(text.substr(0, space));
  }
  if (mark != std::string_view::npos) {
    assign(request.raw_query, context.text(node, text.substr(mark + 1)));
    path = path.substr(0, path.find('?'));
  }
  if (const std::size_t scheme = path.find("://"); scheme != std::string_view::npos) {
    const std::size_t slash = std::min(path.find('/', scheme + 3), path.size());
    request.origin = std::string(path.substr(0, slash));
    path.remove_prefix(slash);
  }
  assign(request.path, context.text(node, path.empty() ? "/" : path));
  const bool is_line =
      (path.starts_with('/') || !request.origin.empty()) && !request.method.empty();
  if (!is_line && context.scenario == nullptr) {
    context.names.error(node, code::kMalformed, quoted(*line) + " is no request",
                        "METHOD /path, or METHOD https://host/path");
    return false;
  }
  return context.scenario == nullptr || target.endpoint != kNone;
}

void read_header_templates(const Node* node, loadgen::Request& request, LoadRequest& target,
                           LoadContext& context) {
  for (const MapEntry& entry : read_entries(node, context.diagnostics, "a map of headers")) {
    const auto name = read_name(entry.key, context.diagnostics);
    auto value = context.text(entry.value, 8'192);
    if (!name || !value) {
      continue;
    }
    const std::string key = lower(*name);
    if (!is_header_name(key) || is_senders(key)) {
      context.names.error(*entry.key, code::kBadHeader,
                          quoted(key) + (is_header_name(key) ? " is set by the sender itself"
                                                             : " is no name of a header"),
                          "letters, digits and -; not connection, content-length, upgrade");
      continue;
    }
    if (value->is_constant()) {
      target.headers.push_back({key, std::string(value->prefix())});
    } else if (context.scenario != nullptr) {
      context.live_only.emplace_back(*entry.key, "headers with variables");
    }
    request.headers.push_back({key, std::move(*value)});
  }
}

std::uint32_t read_step_request(const Node& node, LoadContext& context) {
  if (node.is_map()) {
    return RequestReader(node, context).read();
  }
  RequestNodes nodes;
  nodes.request = &node;
  return read_plain_request(nodes, context);
}

std::uint32_t read_plain_request(const RequestNodes& nodes, LoadContext& context) {
  loadgen::Request request;
  LoadRequest target;
  const bool is_known = read_request_line(*nodes.request, nullptr, request, target, context);
  read_header_templates(nodes.headers, request, target, context);
  read_query(nodes.query, request, target, context);
  read_body(nodes.json, nodes.body, nullptr, nullptr, nullptr, request, context);
  read_conditions(nodes.check, request.checks, context);
  return is_known ? add_request(std::move(request), std::move(target), context) : loadgen::kNoIndex;
}

}  // namespace shaketable::engine
