#pragma once

#include <QIcon>

#include "gui/canvas/theme.h"

namespace shaketable::gui {

enum class Icon {
  kRun,
  kPause,
  kStop,
  kStep,
  kFast,
  kPlay,
  kBackwards,
  kNext,
  kPrevious,
  kFront,
  kNew,
  kOpen,
  kSave,
  kUndo,
  kRedo,
  kBolt,
  kShield,
  kAdd,
  kConnect,
  kLayout,
  kFit,
  kText,
  kMoon,
  kSun,
  kReport,
  kSearch,
  kDelete,
  kBack,
  kForth,
  kPin,
};

/// Drawn, not loaded: sharp at every size, in the colours of the theme, with a faint form for what
/// is disabled.
[[nodiscard]] QIcon icon(Icon icon, const Theme& theme);

/// The application's own.
[[nodiscard]] QIcon application_icon();

}  // namespace shaketable::gui
