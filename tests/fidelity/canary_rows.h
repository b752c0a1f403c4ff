#pragma once

#include "tests/fidelity/coverage.h"

namespace shaketable::fidelity {

/// Adds the rows of family CA with what the tests of this run found.
void add_canary_rows(Coverage& coverage);

}  // namespace shaketable::fidelity
