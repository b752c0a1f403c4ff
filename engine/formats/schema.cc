#include "engine/formats/schema.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "engine/formats/schema_spec.h"

namespace shaketable::engine {
namespace {

/// Texts of the tables are plain: only quotes and backslashes need care.
std::string quote(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
    }
    result += c;
  }
  return result + '"';
}

/// The alternatives of a type, as they are written.
std::vector<std::string_view> split(std::string_view type) {
  std::vector<std::string_view> result;
  while (!type.empty()) {
    const bool bracket = type.front() == '{' || type.front() == '[';
    const std::size_t close = bracket ? type.find(type.front() == '{' ? '}' : ']') : 0;
    const std::size_t end = std::min(type.find('|', close), type.size());
    result.push_back(type.substr(0, end));
    type.remove_prefix(std::min(end + 1, type.size()));
  }
  return result;
}

std::string type_json(std::string_view type);

std::string one_type_json(std::string_view type) {
  const std::string_view inner = type.substr(1, type.size() - 2);
  if (type.front() == '[') {
    return R"({"type": "array", "items": )" + type_json(inner) + "}";
  }
  if (type.front() == '{') {
    return R"({"type": "object", "additionalProperties": )" + type_json(inner) + "}";
  }
  return R"({"$ref": "#/definitions/)" + std::string(type) + "\"}";
}

std::string type_json(std::string_view type) {
  const std::vector<std::string_view> parts = split(type);
  if (parts.size() == 1) {
    return one_type_json(parts.front());
  }
  std::string result = R"({"anyOf": [)";
  for (std::size_t i = 0; i < parts.size(); ++i) {
    result += (i == 0 ? "" : ", ") + one_type_json(parts[i]);
  }
  return result + "]}";
}

/// A default as JSON; empty when it is prose.
std::string default_json(std::string_view text) {
  if (text.empty() || text.find_first_of(" [{'") != std::string_view::npos) {
    return "";
  }
  const bool number = text.find_first_not_of("0123456789.") == std::string_view::npos;
  return number || text == "true" || text == "false" ? std::string(text) : quote(text);
}

std::string key_json(const KeySpec& key) {
  std::string doc(key.doc);
  if (!key.fallback.empty()) {
    doc += " Default: " + std::string(key.fallback) + ".";
  }
  if (key.use == KeyUse::kIgnored) {
    doc += " Not modelled: accepted with a warning, without effect.";
  }
  std::string result = "{\"description\": " + quote(doc);
  if (const std::string fallback = default_json(key.fallback); !fallback.empty()) {
    result += ", \"default\": " + fallback;
  }
  const std::string type = type_json(key.type);
  if (type.starts_with(R"({"$ref")")) {  // Members beside a reference would be ignored.
    return result + ", \"allOf\": [" + type + "]}";
  }
  return result + ", " + type.substr(1);
}

std::string object_json(const ObjectSpec& object) {
  std::string result =
      "{\n      \"description\": " + quote(object.doc) + ",\n      \"type\": \"object\"";
  std::string required;
  std::string properties;
  for (const KeySpec& key : object.keys) {
    if (key.use == KeyUse::kRequired) {
      required += (required.empty() ? "" : ", ") + quote(key.key);
    }
    properties += std::string(properties.empty() ? "" : ",") + "\n        " + quote(key.key) +
                  ": " + key_json(key);
  }
  if (!required.empty()) {
    result += ",\n      \"required\": [" + required + "]";
  }
  if (object.one_key) {
    result += ",\n      \"minProperties\": 1,\n      \"maxProperties\": 1";
  }
  if (!properties.empty()) {
    result += ",\n      \"properties\": {" + properties + "\n      }";
  }
  result += ",\n      \"additionalProperties\": ";
  result += object.others.empty() ? "false" : type_json(object.others);
  return result + "\n    }";
}

std::string words_json(const WordSpec& spec) {
  std::string result;
  for (const std::string_view word : spec.words) {
    result += (result.empty() ? "" : ", ") + quote(word);
  }
  return "{\"enum\": [" + result + "]}";
}

/// What tells meshes, load files and scenarios apart, as the loaders do.
std::string root_json() {
  return R"(  "if": {
    "required": ["services"],
    "not": {"anyOf": [{"required": ["scenario"]}, {"required": ["run"]}, {"required": ["load"]},
                      {"required": ["faults"]}, {"required": ["expect"]}]}
  },
  "then": {"$ref": "#/definitions/mesh"},
  "else": {
    "if": {
      "required": ["load"],
      "not": {"anyOf": [{"required": ["scenario"]}, {"required": ["mesh"]}, {"required": ["services"]},
                        {"required": ["faults"]}, {"required": ["expect"]}]}
    },
    "then": {"$ref": "#/definitions/load_file"},
    "else": {"$ref": "#/definitions/scenario"}
  },
)";
}

}  // namespace

std::string schema_json(const SchemaParts& parts) {
  std::string definitions;
  const auto define = [&](std::string_view name, const std::string& json) {
    definitions += (definitions.empty() ? "\n    " : ",\n    ") + quote(name) + ": " + json;
  };
  for (const ObjectSpec* object : parts.objects) {
    define(object->name, object_json(*object));
  }
  for (const AliasSpec& alias : parts.aliases) {
    define(alias.name, type_json(alias.type));
  }
  for (const ScalarSpec& scalar : parts.scalars) {
    define(scalar.name, "{" + std::string(scalar.json) + "}");
  }
  for (const WordSpec& words : parts.words) {
    define("word:" + std::string(words.name), words_json(words));
  }
  return "{\n"
         "  \"$schema\": \"http://json-schema.org/draft-07/schema#\",\n"
         "  \"title\": " +
         quote(parts.title) + ",\n  \"description\": " + quote(parts.description) + ",\n" +
         std::string(parts.root) + "  \"definitions\": {" + definitions + "\n  }\n}\n";
}

std::string schema_json() {
  return schema_json({.title = "Shaketable: meshes, scenarios and loads",
                      .description = "Made by `shaketable schema` from the tables of the loader.",
                      .root = root_json(),
                      .objects = object_specs(),
                      .aliases = alias_specs(),
                      .scalars = scalar_specs(),
                      .words = word_specs()});
}

}  // namespace shaketable::engine
