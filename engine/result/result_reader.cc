#include "engine/result/result_reader.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "engine/formats/data_file.h"
#include "engine/formats/diagnostic.h"
#include "engine/formats/printable.h"
#include "engine/formats/scenario_loader.h"
#include "engine/formats/source_text.h"
#include "engine/result/record_reader.h"
#include "proxy/base/base64.h"
#include "reports/result_digest.h"

namespace shaketable::engine {
namespace {

constexpr char kFormat[] = "shaketable-result";
constexpr std::uint64_t kVersion = 1;
constexpr char kWanted[] = "a file that `shaketable run --json` wrote";

class ResultReader {
 public:
  ResultReader(const std::string& name, std::string_view text) : name_(name), text_(text) {}

  proxy::Result<LoadedResult> read(const ResultReadOptions& options) {
    if (text_.find_first_not_of(" \t\r\n") == std::string_view::npos) {
      return proxy::fail("the file is empty", name_, kWanted);
    }
    if (auto problem = ResultSections::find(text_, sections_)) {
      return syntax_error(*problem);
    }
    if (auto error = check_head()) {
      return tl::unexpected<proxy::Error>(std::move(*error));
    }
    if (options.check_digest) {
      if (auto error = check_digest()) {
        return tl::unexpected<proxy::Error>(std::move(*error));
      }
    }
    return read_parts();
  }

 private:
  [[nodiscard]] tl::unexpected<proxy::Error> at(const JsonCursor::Problem& problem) const {
    std::string where = name_ + ": byte " + std::to_string(problem.offset);
    if (!problem.path.empty()) {
      where += ", at " + problem.path;
    }
    return proxy::fail(problem.message, std::move(where));
  }

  [[nodiscard]] tl::unexpected<proxy::Error> syntax_error(JsonCursor::Problem problem) const {
    if (problem.offset >= text_.size()) {
      problem.message = "the result was cut short: " + problem.message;
    }
    auto error = at(problem);
    error.value().expected = text_.find(kFormat) == std::string_view::npos ? kWanted : "";
    return error;
  }

  [[nodiscard]] std::optional<std::string> string_of(const char* key) const {
    if (!sections_.has(key)) {
      return std::nullopt;
    }
    JsonCursor cursor = sections_.cursor(key);
    std::string text = cursor.string();
    return cursor.failed() ? std::nullopt : std::optional(std::move(text));
  }

  [[nodiscard]] std::optional<proxy::Error> check_head() {
    if (string_of("format") != kFormat || !sections_.has("version")) {
      return proxy::Error{"this is no result of a run", name_, kWanted};
    }
    producer_ = string_of("producer").value_or("");
    JsonCursor cursor = sections_.cursor("version");
    const std::uint64_t version = cursor.unsigned_number(UINT64_MAX);
    if (cursor.failed()) {
      return at(*cursor.problem()).value();
    }
    const std::string by = producer_.empty() ? "another program" : printable(producer_, 80);
    if (version != kVersion) {
      return proxy::Error{"the result has version " + std::to_string(version) +
                              " of the format (by " + by + ", which can read it)",
                          name_, "version " + std::to_string(kVersion)};
    }
    if (!sections_.has("source") || !sections_.has("digest")) {
      return proxy::Error{
          "the result has no `source` or no `digest`: it was written by a program that did not "
          "keep them, and cannot be read back",
          name_, "a result of this version; run the scenario again"};
    }
    return std::nullopt;
  }

  // Everything before the comma in front of `digest` must be as it was written.
  [[nodiscard]] std::optional<proxy::Error> check_digest() const {
    const std::size_t value = sections_.offset("digest");
    const std::size_t key = text_.rfind("\"digest\"", value);
    const std::size_t comma =
        key == std::string_view::npos ? key : text_.find_last_not_of(" \t\r\n", key - 1);
    const bool is_last =
        sections_.last_key() == "digest" && comma != std::string_view::npos && text_[comma] == ',';
    if (is_last && string_of("digest") == reports::result_digest(text_.substr(0, comma))) {
      return std::nullopt;
    }
    return proxy::Error{"the result was changed after it was written (by " +
                            printable(producer_, 80) +
                            "): what it holds does not have the digest that stands at its end",
                        name_ + ": byte " + std::to_string(value) + ", at digest",
                        "a result as `shaketable run` wrote it"};
  }

  proxy::Result<LoadedResult> read_parts() {
    LoadedResult result;
    result.producer = producer_;
    JsonCursor cursor = sections_.cursor("source");
    read_source(cursor, result.source);
    if (cursor.failed()) {
      return at(*cursor.problem());
    }
    Diagnostics diagnostics;
    auto scenario = load_scenario(result.source, diagnostics);
    if (!scenario) {
      return proxy::fail(
          "the scenario inside the result cannot be used by this program: " +
              first_error(diagnostics),
          name_ + ": byte " + std::to_string(sections_.offset("source")) + ", at source",
          "a result of this version of shaketable");
    }
    result.scenario = std::move(*scenario);
    if (auto problem = read_record(sections_, result.scenario, result.record)) {
      return at(*problem);
    }
    result.scenario.run.seed = result.record.seed;
    if (sections_.has("replications")) {
      JsonCursor replications = sections_.cursor("replications");
      result.replications = read_replications(replications, result.scenario.expectations.size());
      if (replications.failed()) {
        return at(*replications.problem());
      }
    }
    return result;
  }

  static void read_source(JsonCursor& cursor, ScenarioSource& source) {
    std::string key;
    cursor.enter_object();
    while (cursor.next_key(key)) {
      if (key == "file") {
        source.file = cursor.string();
      } else if (key == "overrides") {
        cursor.enter_array();
        while (cursor.next_item()) {
          source.overrides.push_back(cursor.string());
        }
      } else if (key == "files") {
        read_files(cursor, source.files);
      } else {
        cursor.skip();
      }
    }
  }

  static void read_files(JsonCursor& cursor, std::vector<SourceFile>& files) {
    cursor.enter_array();
    while (cursor.next_item()) {
      SourceFile file;
      std::string key;
      cursor.enter_object();
      while (cursor.next_key(key)) {
        if (key == "name") {
          file.name = cursor.string();
        } else if (key == "text") {
          file.text = cursor.string();
        } else if (key == "base64") {
          auto bytes = proxy::from_base64(cursor.string());
          if (!bytes) {
            cursor.fail("the bytes of the file are not Base64");
            return;
          }
          file.text = std::move(*bytes);
        } else {
          cursor.skip();
        }
      }
      files.push_back(std::move(file));
    }
  }

  // A file that is missing says more than the place that asked for it.
  static std::string first_error(const Diagnostics& diagnostics) {
    std::optional<Diagnostic> first;
    for (const Diagnostic& it : diagnostics.sorted()) {
      const bool is_first = !first || (it.code == code::kNotAlong && first->code != it.code);
      if (it.severity == Severity::kError && is_first) {
        first = it;
      }
    }
    if (!first) {
      return "no reason was given";
    }
    const std::string line = first->line == 0 ? "" : ':' + std::to_string(first->line);
    const std::string hint = first->hint.empty() ? "" : " (" + first->hint + ')';
    return printable(first->file, 200) + line + ": " + printable(first->message, 300) +
           printable(hint, 300);
  }

  const std::string& name_;
  std::string_view text_;
  ResultSections sections_;
  std::string producer_;
};

}  // namespace

proxy::Result<LoadedResult> parse_result(const std::string& name, std::string_view text,
                                         const ResultReadOptions& options) {
  if (text.size() > kMaxResultBytes) {
    return proxy::fail("the result has " + std::to_string(text.size()) + " bytes", name,
                       "at most " + std::to_string(kMaxResultBytes));
  }
  return ResultReader(name, text).read(options);
}

proxy::Result<LoadedResult> load_result(const std::string& path) {
  Diagnostics diagnostics;
  const auto text = read_regular_file(path, kMaxResultBytes, diagnostics);
  if (!text) {
    const std::vector<Diagnostic> all = diagnostics.sorted();
    return proxy::fail(all.empty() ? "cannot read the file" : all.front().message, path, kWanted);
  }
  return parse_result(path, *text);
}

bool is_result_file(const std::string& path) {
  constexpr std::size_t kHead = 64;
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return false;  // A pipe would wait, a device may act.
  }
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                             &std::fclose);
  if (file == nullptr) {
    return false;
  }
  std::string head(kHead, '\0');
  head.resize(std::fread(head.data(), 1, head.size(), file.get()));
  const std::size_t first = head.find_first_not_of(" \t\r\n");
  return first != std::string::npos && head[first] == '{' &&
         head.find("\"format\"", first) != std::string::npos;
}

}  // namespace shaketable::engine
