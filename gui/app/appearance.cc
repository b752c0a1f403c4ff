#include "gui/app/appearance.h"

namespace shaketable::gui {
namespace {

constexpr struct {
  Appearance appearance;
  const char* word;
} kWords[] = {
    {Appearance::kDesktop, "desktop"}, {Appearance::kLight, "light"}, {Appearance::kDark, "dark"}};

constexpr struct {
  Colours colours;
  const char* word;
} kColours[] = {{Colours::kUsual, "usual"},
                {Colours::kTrafficLight, "traffic_light"},
                {Colours::kContrast, "contrast"}};

}  // namespace

QString word_of(Appearance appearance) {
  for (const auto& each : kWords) {
    if (each.appearance == appearance) {
      return QLatin1String(each.word);
    }
  }
  return {};
}

std::optional<Appearance> appearance_of(const QString& word) {
  for (const auto& each : kWords) {
    if (word == QLatin1String(each.word)) {
      return each.appearance;
    }
  }
  return std::nullopt;
}

QString word_of(Colours colours) {
  for (const auto& each : kColours) {
    if (each.colours == colours) {
      return QLatin1String(each.word);
    }
  }
  return {};
}

std::optional<Colours> colours_of(const QString& word) {
  for (const auto& each : kColours) {
    if (word == QLatin1String(each.word)) {
      return each.colours;
    }
  }
  return std::nullopt;
}

}  // namespace shaketable::gui
