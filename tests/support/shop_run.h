#pragma once

#include "tests/support/record_builder.h"

namespace shaketable::engine {

/// A run that has a bit of everything, for the reports' golden files: a delay at `payment` from 60
/// to 90 s of 120 s makes `gateway` fail, `erp` stays broken, and expectations of every kind hold,
/// break, or cannot be measured.
[[nodiscard]] RecordBuilder shop_run();

}  // namespace shaketable::engine
