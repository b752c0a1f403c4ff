#include <algorithm>
#include <map>
#include <utility>

#include "gui/canvas/canvas_scene.h"

// Groups of services in the drawing, and what is hidden of it.
namespace shaketable::gui {
namespace {

const std::string& group_of(const SceneNode& node, GroupBy by) {
  return by == GroupBy::kZone ? node.zones : node.space;
}

}  // namespace

void CanvasScene::set_grouping(const Grouping& grouping) {
  grouping_ = grouping;
  make_groups();
  place(true);
  route();
  refresh_groups();
}

// The groups that there are now; those that were there before keep their place.
void CanvasScene::make_groups() {
  std::map<std::string, SceneGroup> before;
  for (SceneGroup& group : groups_) {
    before.emplace(group.name, std::move(group));
  }
  std::map<std::string, std::string> own;  // A service is in one group, the first that has it.
  for (const auto& [name, services] : grouping_.own) {
    for (const std::string& service : services) {
      own.emplace(service, name);
    }
  }
  std::map<std::string, std::vector<std::size_t>> members;
  for (std::size_t n = 0; n < nodes_.size() && grouping_.by != GroupBy::kNothing; ++n) {
    if (grouping_.by != GroupBy::kOwn) {
      members[group_of(nodes_[n], grouping_.by)].push_back(n);
    } else if (const auto found = own.find(nodes_[n].name); found != own.end()) {
      members[found->second].push_back(n);
    }
  }
  groups_.clear();
  for (auto& [name, nodes] : members) {
    SceneGroup group{.name = name,
                     .by = grouping_.by,
                     .members = std::move(nodes),
                     .collapsed = grouping_.collapsed.contains(name)};
    const auto known = before.find(name);
    if (known != before.end() && known->second.collapsed == group.collapsed) {
      group.box = known->second.box;
      group.pinned = known->second.pinned;
    }
    groups_.push_back(std::move(group));
  }
}

void CanvasScene::place_grouped(bool keep_places) {
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (const auto& [from, to] : shape_.edges) {
    pairs.emplace_back(from, to);
  }
  const GroupedLayout layout = lay_out_groups(nodes_.size(), pairs, groups_);
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    if (!keep_places || !nodes_[n].pinned) {
      nodes_[n].box = QRectF(layout.nodes[n], QSizeF(kBoxWidth, kBoxHeight));
      nodes_[n].pinned = false;
    }
  }
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    if (groups_[g].collapsed && !(keep_places && groups_[g].pinned)) {
      groups_[g].box = QRectF(layout.groups[g], QSizeF(SceneGroup::kWidth, SceneGroup::kHeight));
    }
  }
  lines_.assign(edges_.size(), {});
  make_room();
}

void CanvasScene::hide(const std::vector<bool>& services) {
  left_out_.clear();
  for (std::size_t n = 0; n < nodes_.size() && n < services.size(); ++n) {
    if (services[n]) {
      left_out_.insert(nodes_[n].name);
    }
  }
  refresh_groups();
}

std::size_t CanvasScene::shown() const { return nodes_.size() - left_out_.size(); }

// What can be seen, frames around it, and lines of collapsed groups.
void CanvasScene::refresh_groups() {
  std::vector<std::size_t> place_of(nodes_.size());
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    nodes_[n].hidden = !left_out_.empty() && left_out_.contains(nodes_[n].name);
    place_of[n] = n;
  }
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    SceneGroup& group = groups_[g];
    QRectF around;
    group.hidden = true;
    for (const std::size_t n : group.members) {
      if (nodes_[n].hidden) {
        continue;
      }
      group.hidden = false;
      around = around.united(nodes_[n].box);
      if (group.collapsed) {
        nodes_[n].hidden = true;
        place_of[n] = nodes_.size() + g;
      }
    }
    if (!group.collapsed) {
      group.box = around.isNull() ? QRectF()
                                  : around.adjusted(-SceneGroup::kPadding, -SceneGroup::kTitle,
                                                    SceneGroup::kPadding, SceneGroup::kPadding);
    }
  }
  links_.clear();
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> known;
  for (std::size_t e = 0; e < edges_.size(); ++e) {
    SceneEdge& edge = edges_[e];
    edge.hidden = nodes_[edge.from].hidden || nodes_[edge.to].hidden;
    const std::pair ends(place_of[edge.from], place_of[edge.to]);
    const auto is_seen = [this](std::size_t place) {
      return place >= nodes_.size() || !nodes_[place].hidden;
    };
    const bool is_grouped = ends.first >= nodes_.size() || ends.second >= nodes_.size();
    if (!is_grouped || ends.first == ends.second || !is_seen(ends.first) || !is_seen(ends.second)) {
      continue;
    }
    const auto [found, is_new] = known.emplace(ends, links_.size());
    if (is_new) {
      links_.push_back({.from = ends.first, .to = ends.second});
    }
    links_[found->second].edges.push_back(e);
  }
}

std::optional<std::size_t> CanvasScene::find_group(const std::string& name) const {
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    if (groups_[g].name == name) {
      return g;
    }
  }
  return std::nullopt;
}

std::optional<std::size_t> CanvasScene::group_at(const QPointF& point) const {
  for (std::size_t g = groups_.size(); g-- > 0;) {
    const SceneGroup& group = groups_[g];
    QRectF target = group.box;
    if (!group.collapsed) {
      target.setHeight(SceneGroup::kTitle);
    }
    if (!group.hidden && target.contains(point)) {
      return g;
    }
  }
  return std::nullopt;
}

void CanvasScene::move_group(std::size_t group, const QPointF& step) {
  if (groups_[group].collapsed) {
    groups_[group].box.translate(step);
    groups_[group].pinned = true;
    return;
  }
  shift_nodes(groups_[group].members, step);
}

const QRectF& CanvasScene::box_of(std::size_t place) const {
  return place < nodes_.size() ? nodes_[place].box : groups_[place - nodes_.size()].box;
}

}  // namespace shaketable::gui
