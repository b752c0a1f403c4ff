#pragma once

#include <string_view>

namespace shaketable::engine::istio {

/// Where a field of VirtualService or DestinationRule belongs ("spec.http[].route[], beside
/// destination"), or "" for a name that is none. For fields that were found at another level: the
/// usual reason is a slip of the indentation.
[[nodiscard]] std::string_view home_of_field(std::string_view field);

}  // namespace shaketable::engine::istio
