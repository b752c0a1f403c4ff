#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "loadgen/core/journey_program.h"
#include "loadgen/core/load_plan.h"
#include "loadgen/core/run_start.h"
#include "loadgen/journey/variable_feed.h"
#include "proxy/base/result.h"

namespace re2 {
class RE2;
}

namespace shaketable::loadgen {

class MessageCodec;

/// Which steps a session carries out.
enum class Phase : std::uint8_t {
  kGlobalSetUp,
  kWorkerSetUp,
  kSessionSetUp,
  kRun,
  kSessionTearDown,
  kWorkerTearDown,
  kGlobalTearDown,
};
inline constexpr std::size_t kPhases = 7;

/// A load made ready for its sessions: programs of steps, regular expressions, and every request
/// that never changes rendered once. Immutable (but for the places in its variables, which are
/// atomic); shared by the sessions of all threads.
class CompiledLoad {
 public:
  /// Fails with what is wrong and where (the name of a request) if an expression or a set of
  /// descriptors cannot be used. `seed` gives the shuffled orders of variables.
  static proxy::Result<std::shared_ptr<const CompiledLoad>> compile(LoadPlan plan,
                                                                    std::uint64_t seed = 1,
                                                                    Share share = {});
  CompiledLoad(const CompiledLoad&) = delete;
  CompiledLoad& operator=(const CompiledLoad&) = delete;
  ~CompiledLoad();

  [[nodiscard]] const LoadPlan& plan() const { return plan_; }
  [[nodiscard]] const std::vector<Op>& program(std::uint32_t journey) const {
    return programs_[journey];
  }
  /// The steps of a phase that is not kRun.
  [[nodiscard]] const std::vector<Op>& fixture(Phase phase) const {
    return fixtures_[static_cast<std::size_t>(phase)];
  }
  /// True if there is anything to do in that phase.
  [[nodiscard]] bool has_fixture(Phase phase) const { return fixture(phase).size() > 1; }

  /// A request with what does not change about it.
  struct Prepared {
    struct Header {
      std::string name;
      TextTemplate value;
      std::string prefix = {};  ///< Before a value that changes.
    };
    bool is_constant = false;  ///< Path, headers and body: all but cookies.
    bool wants_body = false;   ///< Some check or capture looks at it.
    std::string path;          ///< Of a constant one, with its query.
    std::string body;          ///< Of a constant one, or of one whose body is constant.
    bool has_constant_body = false;
    std::vector<Header> headers;          ///< The request's own, authentication, content type.
    bool computes_basic = false;          ///< Basic authentication with variables.
    std::unique_ptr<MessageCodec> codec;  ///< gRPC.
  };
  [[nodiscard]] const Prepared& prepared(std::uint32_t request) const { return prepared_[request]; }

  /// The expression of a `matches` or of a capture of this load.
  [[nodiscard]] const re2::RE2& regex(const std::string& source) const;
  /// True if some branch or loop looks at headers or bodies of the answer before it.
  [[nodiscard]] bool asks_later() const { return asks_later_; }
  [[nodiscard]] VariableFeed& feed() const { return *feed_; }
  /// Numbers of `${worker}`, `${run}` and `${uuid}`; kNoVariable if the load has no use for them.
  [[nodiscard]] VariableIndex worker_variable() const { return worker_; }
  [[nodiscard]] VariableIndex run_variable() const { return run_; }
  [[nodiscard]] VariableIndex uuid_variable() const { return uuid_; }

 private:
  CompiledLoad();
  proxy::Result<bool> prepare();
  proxy::Result<bool> prepare(const Request& request);
  proxy::Result<bool> prepare_grpc(const Request& request, Prepared& prepared);
  proxy::Result<bool> add_regex(const std::string& source, const std::string& where);
  proxy::Result<bool> add_regexes(const Request& request);
  proxy::Result<bool> add_regexes(const std::vector<Step>& steps);
  proxy::Result<bool> add_regexes(const std::vector<Condition>& conditions,
                                  const std::vector<Capture>& captures, const std::string& where);

  LoadPlan plan_;
  std::vector<std::vector<Op>> programs_;
  std::vector<Op> fixtures_[kPhases];
  std::vector<Prepared> prepared_;
  std::unordered_map<std::string, std::unique_ptr<re2::RE2>> regexes_;  ///< Looked up only.
  std::unique_ptr<VariableFeed> feed_;
  bool asks_later_ = false;
  VariableIndex worker_ = kNoVariable, run_ = kNoVariable, uuid_ = kNoVariable;
};

}  // namespace shaketable::loadgen
