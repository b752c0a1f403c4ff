#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <ostream>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/formats/diagnostic.h"
#include "engine/formats/load_file.h"
#include "loadgen/app/judgement.h"
#include "loadgen/app/load_cli.h"
#include "loadgen/app/report.h"
#include "loadgen/results/result_json.h"

namespace shaketable::loadgen::app {
namespace {

using engine::ExitCode;
using engine::Streams;
using proxy::Result;

constexpr std::size_t kMostBytes = 1U << 30U;
constexpr std::size_t kMostNamed = 10;  ///< Shares, in a complaint.

/// The result in the text of a file: a pod's log holds what was said on standard error, too.
std::string_view result_line(std::string_view text) {
  constexpr std::string_view kBegin = "\n{\"shaketable_load\":";
  const std::size_t at = text.find(kBegin);
  if (text.starts_with('{') || at == std::string_view::npos) {
    return text;
  }
  text.remove_prefix(at + 1);
  return text.substr(0, text.find('\n'));
}

Result<RunResult> read_result(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return proxy::fail("it cannot be read", path);
  }
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (text.size() > kMostBytes) {
    return proxy::fail("it is larger than 1 GiB", path);
  }
  auto result = result_from_json(result_line(text));
  if (!result) {
    proxy::Error error = result.error();
    error.where = path;
    return tl::unexpected(std::move(error));
  }
  return result;
}

using ShareSet = std::set<std::pair<std::uint32_t, std::uint32_t>>;  ///< (count, index)

/// Parts of the load that no file holds, as people write them: "2/4, 3/4".
std::string missing_shares(const ShareSet& shares) {
  std::string names;
  std::size_t missing = 0;
  for (auto it = shares.begin(); it != shares.end();) {
    const std::uint32_t count = it->first;
    for (std::uint32_t index = 0; index < count; ++index) {
      if (it != shares.end() && it->first == count && it->second == index) {
        ++it;
      } else if (++missing <= kMostNamed) {
        names +=
            (names.empty() ? "" : ", ") + std::to_string(index + 1) + '/' + std::to_string(count);
      }
    }
  }
  return missing > kMostNamed ? names + " and others" : names;
}

/// Adds up what several generators have done, from its arguments to its exit code.
class Merge {
 public:
  Merge(const MergeArguments& arguments, const Streams& streams)
      : arguments_(arguments), streams_(streams) {}

  ExitCode run() {
    request_.files = arguments_.reports;
    request_.quantiles_ppm = arguments_.quantiles_ppm;
    request_.color = arguments_.color;
    if (const auto writable = check_outputs(request_); !writable) {
      complain(streams_, writable.error());
      return ExitCode::kUsage;
    }
    engine::Diagnostics diagnostics;
    const std::vector<Threshold> thresholds =
        engine::parse_thresholds("--threshold", arguments_.thresholds, diagnostics);
    streams_.err << engine::render(
        diagnostics, engine::wants_color(arguments_.color, streams_.err_is_terminal, streams_));
    if (diagnostics.has_errors() || !read_all()) {
      return ExitCode::kUsage;
    }
    if (const auto judged = judge_sum(thresholds); !judged) {
      complain(streams_, judged.error());
      return ExitCode::kUsage;
    }
    return report();
  }

 private:
  /// All files, so that all mistakes are told.
  bool read_all() {
    bool all_good = true;
    for (const std::string& path : arguments_.files) {
      auto one = read_result(path);
      if (!one) {
        complain(streams_, one.error());
        all_good = false;
        continue;
      }
      look_at_shares(path, *one);
      if (!sum_) {
        sum_ = std::move(*one);
      } else {
        sum_->merge(*one);
      }
    }
    return all_good && sum_.has_value();
  }

  void look_at_shares(const std::string& path, const RunResult& one) {
    for (const Share& share : one.shares) {
      if (!shares_.emplace(share.count, share.index).second) {
        complain(streams_, {"part " + std::to_string(share.index + 1) + '/' +
                                std::to_string(share.count) + " of the load is counted twice",
                            path, ""});
      }
    }
  }

  /// By what the parts were to meet, and the options.
  Result<void> judge_sum(const std::vector<Threshold>& thresholds) {
    auto requirements = requirements_of(*sum_);
    if (!requirements) {
      return tl::unexpected(requirements.error());
    }
    for (const Threshold& threshold : thresholds) {
      const bool is_known =
          std::any_of(requirements->begin(), requirements->end(), [&](const Requirement& it) {
            return it.load.empty() && it.threshold.source == threshold.source;
          });
      if (!is_known) {
        requirements->push_back({"", threshold});
      }
    }
    sum_->required = as_required(*requirements);
    missing_ = missing_shares(shares_);
    if (missing_.empty()) {
      sum_->shares.clear();  // it is the whole load again
    }
    sum_->thresholds = judge(*requirements, sum_->loads, sum_->elapsed);
    return {};
  }

  ExitCode report() {
    if (const auto written = write_reports(*sum_, request_, streams_); !written) {
      complain(streams_, written.error());
      return ExitCode::kUsage;
    }
    if (!missing_.empty() && !sum_->was_interrupted) {
      complain(streams_, {"the load was not carried out as a whole: part " + missing_ +
                              " of it is in none of the files",
                          "", ""});
      return ExitCode::kRuntime;
    }
    return exit_code_of(*sum_);
  }

  const MergeArguments& arguments_;
  const Streams& streams_;
  ReportRequest request_;
  std::optional<RunResult> sum_;
  ShareSet shares_;
  std::string missing_;
};

}  // namespace

ExitCode merge_results(const MergeArguments& arguments, const Streams& streams) {
  return Merge(arguments, streams).run();
}

}  // namespace shaketable::loadgen::app
