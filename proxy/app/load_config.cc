#include "proxy/app/load_config.h"

#include <utility>

#include "engine/formats/codes.h"
#include "proxy/app/address.h"
#include "proxy/app/host_table.h"
#include "proxy/app/proxy_file.h"

namespace shaketable::proxy::app {

LoadResult load_config(const LoadRequest& request, const live::LiveConfig* previous) {
  engine::Diagnostics diagnostics;
  auto config = load_proxy_file(request.config, diagnostics);
  std::string remarks = engine::render(diagnostics, request.color);
  if (!config) {
    return tl::unexpected(std::move(remarks));
  }
  config->core.version = 1;
  if (previous != nullptr) {
    keep_host_ids(*previous, *config);
    config->core.version = previous->core.version + 1;
  }
  return LoadedConfig{*std::move(config), std::move(remarks)};
}

}  // namespace shaketable::proxy::app
