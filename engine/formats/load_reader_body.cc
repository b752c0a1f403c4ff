#include <charconv>
#include <string>
#include <utility>

#include "engine/formats/codes.h"
#include "engine/formats/load_reader.h"
#include "engine/formats/mesh_loader_parts.h"
#include "engine/formats/printable.h"
#include "engine/formats/schema_reader.h"

// Bodies of requests, captures from answers.
namespace shaketable::engine {
namespace {

constexpr std::size_t kMaxBody = std::size_t{16} << 20;

/// Whether a plain scalar is a number, true, false or null in JSON.
bool is_json_literal(std::string_view text) {
  if (text == "true" || text == "false" || text == "null") {
    return true;
  }
  double value = 0;
  const char first = text.empty() ? ' ' : text.front();
  const bool starts = (first >= '0' && first <= '9') || first == '-';
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool octal = text.size() > 1 && first == '0' && text[1] >= '0' && text[1] <= '9';
  return starts && !octal && error == std::errc() && end == text.data() + text.size() &&
         text.back() != '.';
}

/// A JSON string; places (`${name}`) stay as they are, their values are escaped when they come.
void append_json_string(std::string_view text, std::string& out) {
  constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[static_cast<unsigned char>(c) & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

bool append_json(const Node& node, std::string& out, LoadContext& context) {
  if (out.size() > kMaxBody) {
    context.names.error(node, code::kTooMany, "the body is too large", "at most 16 MiB");
    return false;
  }
  switch (node.kind()) {
    case NodeKind::kNull:
      out += "null";
      return true;
    case NodeKind::kScalar: {
      const std::string_view text = node.text();
      const bool is_place = text.starts_with("${") && text.find('}') == text.size() - 1;
      if (node.is_plain() && (is_place || is_json_literal(text))) {
        out += text;
      } else {
        append_json_string(text, out);
      }
      return true;
    }
    case NodeKind::kSequence: {
      out += '[';
      bool first = true;
      for (const Node* item : node.items()) {
        out += first ? "" : ",";
        first = false;
        if (!append_json(*item, out, context)) {
          return false;
        }
      }
      out += ']';
      return true;
    }
    case NodeKind::kMap: {
      out += '{';
      bool first = true;
      for (const MapEntry& entry : node.entries()) {
        out += first ? "" : ",";
        first = false;
        append_json_string(entry.key->text(), out);
        out += ':';
        if (!append_json(*entry.value, out, context)) {
          return false;
        }
      }
      out += '}';
      return true;
    }
  }
  return true;
}

void read_form(const Node* node, loadgen::Body& body, LoadContext& context) {
  body.kind = loadgen::Body::Kind::kForm;
  for (const MapEntry& entry : read_entries(node, context.diagnostics, "a map of fields")) {
    loadgen::FormField field;
    assign(field.name, read_name(entry.key, context.diagnostics));
    assign(field.value, context.text(entry.value));
    body.fields.push_back(std::move(field));
  }
}

loadgen::FormField read_part(const MapEntry& entry, LoadContext& context) {
  loadgen::FormField field;
  assign(field.name, read_name(entry.key, context.diagnostics));
  if (!entry.value->is_map()) {
    assign(field.value, context.text(entry.value));
    return field;
  }
  ObjectReader map(entry.value, spec::kFormPart, context.diagnostics);
  const Node* const file = map.get("file");
  const Node* const text = map.get("text");
  if (auto bytes = context.file(file)) {
    const std::string_view path = file->text();
    field.file_name = std::string(path.substr(path.rfind('/') + 1));
    field.content_type = "application/octet-stream";
    field.value = loadgen::TextTemplate::constant(std::move(*bytes));
  }
  assign(field.value, context.text(text));
  assign(field.file_name, read_name(map.get("file_name"), context.diagnostics));
  assign(field.content_type, read_name(map.get("content_type"), context.diagnostics));
  map.finish();
  if (map.ok() && (file == nullptr) == (text == nullptr)) {
    context.names.error(*entry.value, code::kBadLoad, "a part has a text or a file",
                        "`text` or `file`");
  }
  return field;
}

}  // namespace

std::optional<std::string> json_text_of(const Node& node, LoadContext& context) {
  std::string text;
  return append_json(node, text, context) ? std::optional(std::move(text)) : std::nullopt;
}

void read_body(const Node* json, const Node* body, const Node* file, const Node* form,
               const Node* multipart, loadgen::Request& request, LoadContext& context) {
  using Kind = loadgen::Body::Kind;
  const Node* const given[] = {json, body, file, form, multipart};
  int count = 0;
  const Node* last = nullptr;
  for (const Node* node : given) {
    count += node != nullptr ? 1 : 0;
    last = node != nullptr ? node : last;
  }
  if (count > 1) {
    context.names.error(*last, code::kContradiction, "the request has a body already",
                        "one of json, body, file, form, multipart");
  }
  if (json != nullptr) {
    request.body.kind = Kind::kJson;
    const auto text = json_text_of(*json, context);
    assign(request.body.text, text ? context.text(*json, *text) : std::nullopt);
  } else if (body != nullptr) {
    request.body.kind = Kind::kText;
    assign(request.body.text, context.text(body, kMaxBody));
  } else if (auto bytes = context.file(file)) {
    request.body.kind = Kind::kText;
    assign(request.body.text, context.text(*file, *bytes));
  } else if (form != nullptr) {
    read_form(form, request.body, context);
  } else if (multipart != nullptr) {
    request.body.kind = Kind::kMultipart;
    for (const MapEntry& entry : read_entries(multipart, context.diagnostics, "a map of parts")) {
      request.body.fields.push_back(read_part(entry, context));
    }
  }
}

}  // namespace shaketable::engine
