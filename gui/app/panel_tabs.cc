#include "gui/app/panel_tabs.h"

#include <QButtonGroup>
#include <QFrame>
#include <QHBoxLayout>
#include <QTabBar>
#include <QToolButton>

namespace shaketable::gui {

PanelTabs::PanelTabs(QWidget* parent) : QTabWidget(parent), buttons_(new QButtonGroup(this)) {
  setDocumentMode(true);
  tabBar()->setUsesScrollButtons(true);
  auto* const corner = new QWidget(this);
  row_ = new QHBoxLayout(corner);
  row_->setContentsMargins(6, 1, 8, 4);
  row_->setSpacing(2);
  auto* const edge = new QFrame(corner);
  edge->setFrameShape(QFrame::VLine);
  edge->setFrameShadow(QFrame::Plain);
  edge->setForegroundRole(QPalette::Mid);
  row_->addSpacing(6);
  row_->addWidget(edge);
  setCornerWidget(corner, Qt::TopLeftCorner);
  connect(this, &QTabWidget::currentChanged, this, [this](int page) {
    const int group = group_of(page);
    if (group >= 0) {
      groups_[static_cast<std::size_t>(group)].shown = page;
      if (group != shown_) {
        show_group(group);
      }
    }
  });
}

void PanelTabs::paintEvent(QPaintEvent*) {}

void PanelTabs::begin_group(const QString& title) {
  auto* const button = new QToolButton(this);
  button->setObjectName(QStringLiteral("group_%1").arg(groups_.size() + 1));
  button->setText(title);
  button->setCheckable(true);
  button->setAccessibleName(tr("Panels: %1").arg(title));
  buttons_->addButton(button);
  const int group = groups();
  row_->insertWidget(group, button);
  connect(button, &QToolButton::clicked, this, [this, group] { show_group(group); });
  groups_.push_back(
      {.title = title, .button = button, .first = count(), .last = count(), .shown = count()});
}

void PanelTabs::add_page(QWidget* page, const QString& title) {
  const int group = shown_;
  shown_ = groups() - 1;  // The first tab becomes the current one at once.
  groups_.back().last = addTab(page, title) + 1;
  shown_ = group;
  if (shown_ < 0) {
    show_group(0);
  } else if (shown_ != groups() - 1) {
    setTabVisible(groups_.back().last - 1, false);
  }
}

int PanelTabs::group_of(int page) const {
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    if (page >= groups_[g].first && page < groups_[g].last) {
      return static_cast<int>(g);
    }
  }
  return -1;
}

QString PanelTabs::group_title(int group) const {
  return groups_[static_cast<std::size_t>(group)].title;
}

QToolButton& PanelTabs::group_button(int group) const {
  return *groups_[static_cast<std::size_t>(group)].button;
}

void PanelTabs::set_note(int group, const QString& note) {
  Group& of = groups_[static_cast<std::size_t>(group)];
  if (of.note != note) {
    of.note = note;
    of.button->setText(note.isEmpty() ? of.title : of.title + QStringLiteral(" ") + note);
  }
}

void PanelTabs::show_group(int group) {
  shown_ = group;
  Group& of = groups_[static_cast<std::size_t>(group)];
  of.button->setChecked(true);
  for (int page = of.first; page < of.last; ++page) {
    setTabVisible(page, true);
  }
  setCurrentIndex(of.shown);
  for (int page = 0; page < count(); ++page) {
    if (page < of.first || page >= of.last) {
      setTabVisible(page, false);
    }
  }
}

void PanelTabs::show_page(int page) {
  if (const int group = group_of(page); group >= 0) {
    groups_[static_cast<std::size_t>(group)].shown = page;
    show_group(group);
  }
}

}  // namespace shaketable::gui
