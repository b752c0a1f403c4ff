#include <algorithm>
#include <utility>

#include "gui/canvas/canvas_view.h"

// What is found, hidden, grouped and arranged in the drawing.
namespace shaketable::gui {

void CanvasView::set_search(const QString& text) {
  search_ = text.trimmed();
  refresh_found();
  changed();
}

void CanvasView::set_found(std::optional<std::vector<bool>> found) {
  found_ = std::move(found);
  refresh_found();
  changed();
}

// What a search leaves out is faded.
void CanvasView::refresh_found() {
  faded_.clear();
  const bool has_found = found_ && found_->size() == scene_.nodes().size();
  for (std::size_t n = 0; n < scene_.nodes().size(); ++n) {
    const std::string& name = scene_.nodes()[n].name;
    const bool is_other =
        !search_.isEmpty() && !QString::fromStdString(name).contains(search_, Qt::CaseInsensitive);
    if (is_other || (has_found && !(*found_)[n])) {
      faded_.insert(name);
    }
  }
}

void CanvasView::hide_services(const std::vector<bool>& services) {
  scene_.hide(services);
  if (fitted_) {
    fit();
  }
  changed();
}

void CanvasView::set_grouping(const Grouping& grouping) {
  if (grouping == scene_.grouping()) {
    return;
  }
  scene_.set_grouping(grouping);
  fit();
}

bool CanvasView::is_selection_held() const {
  return !selected_.empty() &&
         std::all_of(selected_.begin(), selected_.end(), [this](const std::string& service) {
           const auto node = scene_.find(service);
           return node && scene_.nodes()[*node].held;
         });
}

void CanvasView::hold_selected() {
  scene_.hold(selected_, !is_selection_held());
  changed();
  Q_EMIT boxes_moved();
}

void CanvasView::arrange(Arrange how) {
  std::vector<std::size_t> nodes;
  std::vector<QRectF> boxes;
  for (const std::string& name : selected_) {
    const auto node = scene_.find(name);
    if (node && !scene_.nodes()[*node].hidden) {
      nodes.push_back(*node);
      boxes.push_back(scene_.nodes()[*node].box);
    }
  }
  const std::vector<QPointF> corners = arranged(boxes, how);
  bool has_moved = false;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (corners[i] != boxes[i].topLeft()) {
      scene_.move(nodes[i], corners[i]);
      has_moved = true;
    }
  }
  if (has_moved) {
    changed();
    Q_EMIT boxes_moved();
  }
}

}  // namespace shaketable::gui
