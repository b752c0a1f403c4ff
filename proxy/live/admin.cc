#include "proxy/live/admin.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "proxy/http/text.h"
#include "proxy/live/admin_pages.h"
#include "proxy/live/text_output.h"

namespace shaketable::proxy::live {
namespace {

AdminResponse home_page(const PageInput& input);
AdminResponse help_page(const PageInput& input);

enum Method : unsigned { kGet = 1, kPost = 2, kDelete = 4 };

struct Page {
  std::string_view path;
  unsigned methods;
  bool needs_stats;
  bool needs_server;
  AdminResponse (*make)(const PageInput&);
  std::string_view help;
};

constexpr std::array kPages = {
    Page{"/", kGet, false, false, home_page, "this list as a web page"},
    Page{"/certs", kGet, false, true, certs_page, "certificates in use and when they expire"},
    Page{"/clusters", kGet, true, true, clusters_page,
         "upstream clusters and their hosts; ?format=json"},
    Page{"/config_dump", kGet, false, true, config_dump_page,
         "the configuration that runs, without secrets"},
    Page{"/drain", kPost, false, false, drain_page, "begin the graceful drain (POST)"},
    Page{"/faults", kGet | kPost | kDelete, false, false, faults_page,
         "faults at run time: list; POST sets one; DELETE ?route=, ?cluster= or all"},
    Page{"/healthcheck/fail", kPost, false, false, drain_page, "as /drain (POST)"},
    Page{"/help", kGet, false, false, help_page, "this list"},
    Page{"/listeners", kGet, true, false, listeners_page, "listeners; ?format=json"},
    Page{"/logging", kGet | kPost, false, false, logging_page,
         "level of the log; POST ?level=error|warning|info|debug|off"},
    Page{"/memory", kGet, false, true, memory_page, "memory and descriptors of the process"},
    Page{"/quitquitquit", kPost, false, false, quit_page, "end the process (POST)"},
    Page{"/ready", kGet, false, true, ready_page, "LIVE, or 503 while draining or starting"},
    Page{"/reload", kPost, false, false, reload_page, "load the configuration anew (POST)"},
    Page{"/server_info", kGet, false, true, server_info_page, "version, state, uptime"},
    Page{"/stats", kGet, true, true, stats_page,
         "statistics; ?filter=REGEX, ?usedonly, ?format=json|prometheus"},
    Page{"/stats/prometheus", kGet, true, true, prometheus_page,
         "statistics for Prometheus; ?filter=REGEX, ?usedonly"},
};

const Page* find_page(std::string_view path) {
  // "/stats/" is "/stats".
  while (path.size() > 1 && path.back() == '/') {
    path.remove_suffix(1);
  }
  const auto* found = std::find_if(kPages.begin(), kPages.end(),
                                   [path](const Page& page) { return page.path == path; });
  return found == kPages.end() ? nullptr : found;
}

unsigned method_of(std::string_view name) {
  if (name == "GET" || name == "HEAD") {
    return kGet;
  }
  return name == "POST" ? kPost : name == "DELETE" ? kDelete : 0U;
}

std::string method_names(unsigned methods) {
  std::string names;
  for (const auto& [bit, name] :
       {std::pair{kGet, "GET, HEAD"}, std::pair{kPost, "POST"}, std::pair{kDelete, "DELETE"}}) {
    if ((methods & bit) != 0) {
      names += names.empty() ? "" : ", ";
      names += name;
    }
  }
  return names;
}

AdminResponse home_page(const PageInput&) {
  std::string body =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<title>shaketable-proxy</title>\n"
      "<style>body{font:15px sans-serif;margin:2em}td{padding:.2em 1em .2em 0}</style></head>\n"
      "<body><h1>shaketable-proxy</h1><table>\n";
  for (const Page& page : kPages) {
    const bool is_link = (page.methods & kGet) != 0;
    body += "<tr><td>";
    body += is_link ? "<a href=\"" + std::string(page.path) + "\">" : std::string();
    body += page.path;
    body += is_link ? "</a>" : "";
    body += "</td><td>";
    body += page.help;
    body += "</td></tr>\n";
  }
  body += "</table></body></html>\n";
  AdminResponse response = text_response(std::move(body));
  response.content_type = "text/html; charset=UTF-8";
  response.headers.emplace_back("content-security-policy",
                                "default-src 'none'; style-src 'unsafe-inline'");
  return response;
}

AdminResponse help_page(const PageInput&) {
  std::string body = "admin commands are:\n";
  for (const Page& page : kPages) {
    body += "  ";
    body += page.path;
    body += ": ";
    body += page.help;
    body += '\n';
  }
  body +=
      "for example: curl -d '{\"cluster\": \"NAME\", \"delay\": {\"percent\": 50, \"duration\": "
      "\"300ms\"}, \"abort\": {\"percent\": 5, \"status\": 503}, \"for\": \"30s\"}' "
      "http://ADDRESS/faults\n";
  return text_response(std::move(body));
}

/// Letters to insert, delete or replace to make one of the other; both short.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) {
    row[j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

AdminResponse not_found(std::string_view path) {
  path = path.substr(0, 64);
  std::vector<std::pair<std::size_t, std::string_view>> near;
  for (const Page& page : kPages) {
    const std::size_t distance = edit_distance(path, page.path);
    if (page.path != "/" && distance <= std::max<std::size_t>(2, page.path.size() / 3)) {
      near.emplace_back(distance, page.path);
    }
  }
  std::sort(near.begin(), near.end());
  std::string body = "no page ";
  append_escaped(path, body);
  for (std::size_t i = 0; i < std::min<std::size_t>(near.size(), 3); ++i) {
    body += i == 0 ? "; did you mean " : " or ";
    body += near[i].second;
  }
  body += near.empty() ? "; /help lists all\n" : "?\n";
  return text_response(std::move(body), 404);
}

std::string_view header(const AdminRequest& request, std::string_view name) {
  return request.headers == nullptr ? std::string_view{}
                                    : request.headers->find(name).value_or(std::string_view{});
}

bool has_token(const AdminRequest& request, const std::string& token) {
  constexpr std::string_view kScheme = "bearer ";
  const std::string_view given = header(request, "authorization");
  return !token.empty() && given.size() > kScheme.size() &&
         http::equals_ignoring_case(given.substr(0, kScheme.size()), kScheme) &&
         equal_in_constant_time(http::trimmed(given.substr(kScheme.size())), token);
}

/// "name:80", "[::1]:80", "name" without the port.
std::string_view host_of(std::string_view authority) {
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    const bool is_whole =
        end == std::string_view::npos || (end + 1 < authority.size() && authority[end + 1] != ':');
    return is_whole ? authority : authority.substr(0, end + 1);
  }
  return authority.substr(0, authority.find(':'));
}

bool is_address(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) {
    return host.size() > 3 &&
           host.find_first_not_of("0123456789abcdefABCDEF:.", 1) == host.size() - 1;
  }
  // Four numbers; a name cannot look like that, because no top-level domain is a number.
  const std::size_t last_dot = host.rfind('.');
  return last_dot != std::string_view::npos && last_dot + 1 < host.size() &&
         host.find_first_not_of("0123456789.") == std::string_view::npos;
}

/// A name that only somebody who means this machine uses.
bool is_trusted_host(std::string_view authority, const AddressText& admin_address) {
  const std::string_view host = host_of(authority);
  return authority.empty() || is_address(host) || http::equals_ignoring_case(host, "localhost") ||
         http::equals_ignoring_case(authority, admin_address) ||
         http::equals_ignoring_case(host, host_of(admin_address));
}

/// Browsers say where a request comes from.
bool is_from_another_site(const AdminRequest& request) {
  const std::string_view site = header(request, "sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none") {
    return true;
  }
  const std::string_view origin = header(request, "origin");
  const std::size_t scheme = origin.find("://");
  return !origin.empty() &&
         (scheme == std::string_view::npos ||
          !http::equals_ignoring_case(origin.substr(scheme + 3), request.authority));
}

AdminResponse answer(const AdminRequest& request, const AdminContext& context) {
  static const AdminConfig kNone;
  if (std::optional<AdminResponse> refused =
          AdminPages::refuse(request, context.config == nullptr ? kNone : context.config->admin)) {
    return std::move(*refused);
  }
  const AdminQuery query(request.path);
  const Page* page = find_page(query.page());
  if (page == nullptr) {
    return not_found(query.page());
  }
  if ((page->methods & method_of(request.method)) == 0) {
    const std::string allowed = method_names(page->methods);
    AdminResponse response =
        text_response(std::string(page->path) + " takes " + allowed + "\n", 405);
    response.headers.emplace_back("allow", allowed);
    return response;
  }
  if (context.config == nullptr || (page->needs_stats && context.stats == nullptr) ||
      (page->needs_server && context.server == nullptr)) {
    return text_response("not available yet\n", 503);
  }
  return page->make({request, context, query});
}

}  // namespace

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  // The length is not hidden; every byte of the longer one is looked at.
  unsigned difference = a.size() == b.size() ? 0 : 1;
  const std::size_t length = std::max(a.size(), b.size());
  for (std::size_t i = 0; i < length; ++i) {
    const unsigned left = i < a.size() ? static_cast<unsigned char>(a[i]) : 0U;
    const unsigned right = i < b.size() ? static_cast<unsigned char>(b[i]) : 0U;
    difference |= left ^ right;
    // The compiler must not see that one difference decides.
    asm volatile("" : "+r"(difference));
  }
  return difference == 0;
}

std::optional<AdminResponse> AdminPages::refuse(const AdminRequest& request,
                                                const AdminConfig& config) {
  if (has_token(request, config.token)) {
    return std::nullopt;  // No browser sends it by itself, so the rules below are met.
  }
  if (!request.peer_is_loopback) {
    if (config.token.empty()) {
      return text_response("the admin port answers on loopback only: no token is configured\n",
                           403);
    }
    AdminResponse response = text_response("a bearer token is needed\n", 401);
    response.headers.emplace_back("www-authenticate", "Bearer realm=\"admin\"");
    return response;
  }
  if (!is_trusted_host(request.authority, config.address)) {
    return text_response("the host header must name this machine by address or localhost\n", 403);
  }
  if (method_of(request.method) != kGet && is_from_another_site(request)) {
    return text_response("requests that another site makes in a browser are refused\n", 403);
  }
  return std::nullopt;
}

AdminNeeds AdminPages::needs(std::string_view path) {
  const AdminQuery query(path);
  const Page* page = find_page(query.page());
  return page == nullptr ? AdminNeeds{} : AdminNeeds{page->needs_stats, page->needs_server};
}

AdminResponse AdminPages::handle(const AdminRequest& request, const AdminContext& context) {
  AdminResponse response = answer(request, context);
  response.headers.emplace_back("cache-control", "no-cache, max-age=0");
  response.headers.emplace_back("x-content-type-options", "nosniff");
  return response;
}

}  // namespace shaketable::proxy::live
