#pragma once

namespace shaketable::gui {

/// The `shaketable-gui` command. Returns its exit code: 0, or 2 for wrong arguments and files that
/// cannot be used.
int run_app(int argc, char** argv);

}  // namespace shaketable::gui
