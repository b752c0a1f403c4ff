#pragma once

#include <QString>
#include <vector>

#include "gui/canvas/theme.h"
#include "gui/document/edit_preview.h"

class QWidget;

namespace shaketable::gui {

/// What a dialog about two versions of files says.
struct DifferenceWords {
  QString name;  ///< Of the object.
  QString title;
  QString about;  ///< Which lines are whose.
  QString yes, no;
};

/// Shows what goes and what comes, file by file, and waits for a choice. True for `yes`.
bool show_difference(QWidget* parent, const Theme& theme, const DifferenceWords& words,
                     const std::vector<PreviewedFile>& files);

}  // namespace shaketable::gui
