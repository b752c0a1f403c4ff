#pragma once

#include <string>

#include "reports/html/page.h"

namespace shaketable::reports {

/// What the scripts of a page read: name, seed, end, faults, charts, replay. Safe inside a script
/// block.
[[nodiscard]] std::string page_data(const Page& page);

}  // namespace shaketable::reports
