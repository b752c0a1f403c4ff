#include "gui/app/appearance.h"

namespace shaketable::gui {
namespace {

constexpr struct {
  Appearance appearance;
  const char* word;
} kWords[] = {
    {Appearance::kDesktop, "desktop"}, {Appearance::kLight, "light"}, {Appearance::kDark, "dark"}};

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

}  // namespace shaketable::gui
