#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "loadgen/core/journey_program.h"
#include "loadgen/core/load_plan.h"
#include "proxy/base/result.h"

namespace shaketable::loadgen {

/// A load made ready for its sessions: programs of steps, regular expressions, and every request
/// that never changes rendered once. Immutable; shared by the sessions of all threads.
class CompiledLoad {
 public:
  /// Fails with what is wrong and where (a name of a request) if an expression cannot be compiled;
  /// the loader of files has reported the same with its line before.
  static proxy::Result<std::shared_ptr<const CompiledLoad>> compile(LoadPlan plan);
  ~CompiledLoad();

  [[nodiscard]] const LoadPlan& plan() const { return plan_; }
  [[nodiscard]] const std::vector<Op>& program(std::uint32_t journey) const {
    return programs_[journey];
  }

  /// A request with what does not change about it.
  struct Prepared {
    bool is_constant = false;  ///< Path, headers and body: all but cookies.
    bool wants_body = false;
    std::string path;  ///< Of a constant one, with its query.
    std::string body;
    std::vector<std::string> header_values;  ///< By header of `headers`.
    struct Header {
      std::string name;
      TextTemplate value;
    };
    std::vector<Header> headers;  ///< The request's own, authentication, content type.
  };
  [[nodiscard]] const Prepared& prepared(std::uint32_t request) const { return prepared_[request]; }

 private:
  CompiledLoad() = default;
  void prepare();

  LoadPlan plan_;
  std::vector<std::vector<Op>> programs_;
  std::vector<Prepared> prepared_;
};

}  // namespace shaketable::loadgen
