#pragma once

#include <QPointF>
#include <vector>

namespace shaketable::gui {

/// Gives layers of more than 14 boxes several columns. `corners` are the upper left ones of boxes,
/// those of a layer with the same x. False, and nothing changes, when no layer is so tall.
bool fold_layers(std::vector<QPointF>& corners);

}  // namespace shaketable::gui
