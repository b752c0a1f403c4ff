#pragma once

#include <QString>
#include <cstdint>
#include <optional>

namespace shaketable::gui {

/// How a person wants the window to look.
enum class Appearance : std::uint8_t { kDesktop, kLight, kDark };

/// "desktop", "light", "dark": as settings and the command line say it.
[[nodiscard]] QString word_of(Appearance appearance);
[[nodiscard]] std::optional<Appearance> appearance_of(const QString& word);

}  // namespace shaketable::gui
