#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "proxy/live/admin.h"

/// The single pages, for admin.cc alone: by then a request has passed all rules.
namespace shaketable::proxy::live {

/// The query string of a request.
class AdminQuery {
 public:
  explicit AdminQuery(std::string_view path);
  /// The page: "/stats".
  [[nodiscard]] std::string_view page() const { return page_; }
  /// The first value of a parameter, decoded; "" for one without a value.
  [[nodiscard]] std::optional<std::string> get(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const { return get(name).has_value(); }

 private:
  std::string_view page_, query_;
};

struct PageInput {
  const AdminRequest& request;
  const AdminContext& context;
  const AdminQuery& query;
};

[[nodiscard]] AdminResponse text_response(std::string body, std::uint16_t status = 200);
[[nodiscard]] AdminResponse json_response(std::string body, std::uint16_t status = 200);
/// {"error": ..., "expected": ...} with the status.
[[nodiscard]] AdminResponse error_response(std::uint16_t status, const Error& error);

// admin_pages_stats.cc
[[nodiscard]] AdminResponse stats_page(const PageInput& input);
[[nodiscard]] AdminResponse prometheus_page(const PageInput& input);
[[nodiscard]] AdminResponse clusters_page(const PageInput& input);
// admin_pages_server.cc
[[nodiscard]] AdminResponse ready_page(const PageInput& input);
[[nodiscard]] AdminResponse server_info_page(const PageInput& input);
[[nodiscard]] AdminResponse listeners_page(const PageInput& input);
[[nodiscard]] AdminResponse certs_page(const PageInput& input);
[[nodiscard]] AdminResponse memory_page(const PageInput& input);
// admin_config_dump.cc
[[nodiscard]] AdminResponse config_dump_page(const PageInput& input);
// admin_pages_commands.cc
[[nodiscard]] AdminResponse drain_page(const PageInput& input);
[[nodiscard]] AdminResponse quit_page(const PageInput& input);
[[nodiscard]] AdminResponse reload_page(const PageInput& input);
[[nodiscard]] AdminResponse logging_page(const PageInput& input);
[[nodiscard]] AdminResponse faults_page(const PageInput& input);

}  // namespace shaketable::proxy::live
