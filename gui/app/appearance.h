#pragma once

#include <QString>
#include <cstdint>
#include <optional>

#include "gui/canvas/theme.h"

namespace shaketable::gui {

/// How a person wants the window to look.
enum class Appearance : std::uint8_t { kDesktop, kLight, kDark };

/// "desktop", "light", "dark": as settings and the command line say it.
[[nodiscard]] QString word_of(Appearance appearance);
[[nodiscard]] std::optional<Appearance> appearance_of(const QString& word);

/// "usual", "traffic_light", "contrast": as settings say it.
[[nodiscard]] QString word_of(Colours colours);
[[nodiscard]] std::optional<Colours> colours_of(const QString& word);

}  // namespace shaketable::gui
