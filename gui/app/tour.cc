#include "gui/app/tour.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

namespace shaketable::gui {
namespace {

constexpr int kCardWidth = 440;
constexpr int kGap = 12;

}  // namespace

Tour::Tour(std::vector<TourStep> steps, const Theme& theme, QWidget* window)
    : QFrame(window), steps_(std::move(steps)) {
  setObjectName(QStringLiteral("tour"));
  setAutoFillBackground(true);
  setFixedWidth(kCardWidth);
  setFocusPolicy(Qt::StrongFocus);
  setStyleSheet(
      QStringLiteral("#tour { background: %1; border: 2px solid %2; border-radius: 10px; }")
          .arg(theme.card.name(), theme.accent.name()));
  auto* const column = new QVBoxLayout(this);
  column->setContentsMargins(18, 14, 18, 14);
  column->setSpacing(8);
  count_ = new QLabel(this);
  count_->setForegroundRole(QPalette::PlaceholderText);
  title_ = new QLabel(this);
  QFont font = title_->font();
  font.setPixelSize(16);
  font.setWeight(QFont::DemiBold);
  title_->setFont(font);
  text_ = new QLabel(this);
  text_->setWordWrap(true);
  for (QWidget* const each : std::initializer_list<QWidget*>{count_, title_, text_}) {
    column->addWidget(each);
  }
  auto* const row = new QHBoxLayout;
  auto* const leave = new QPushButton(tr("End the tour"), this);
  back_ = new QPushButton(tr("Back"), this);
  offer_ = new QPushButton(this);
  next_ = new QPushButton(this);
  row->addWidget(leave);
  row->addStretch(1);
  row->addWidget(back_);
  row->addWidget(offer_);
  row->addWidget(next_);
  column->addLayout(row);
  frame_ = new QFrame(window);
  frame_->setObjectName(QStringLiteral("tour_frame"));
  frame_->setAttribute(Qt::WA_TransparentForMouseEvents);
  frame_->setStyleSheet(QStringLiteral("#tour_frame { border: 3px solid %1; border-radius: 6px; }")
                            .arg(theme.accent.name()));
  connect(leave, &QPushButton::clicked, this, &Tour::end);
  connect(back_, &QPushButton::clicked, this, [this] { show_step(step_ - 1); });
  connect(next_, &QPushButton::clicked, this, [this] { show_step(step_ + 1); });
  connect(offer_, &QPushButton::clicked, this, [this] {
    if (steps_[static_cast<std::size_t>(step_)].act) {
      steps_[static_cast<std::size_t>(step_)].act();
    }
    look();
  });
  window->installEventFilter(this);
  show_step(0);
}

Tour::~Tour() { delete frame_; }

void Tour::show_step(int step) {
  if (step >= static_cast<int>(steps_.size())) {
    end();
    return;
  }
  step_ = std::max(step, 0);
  const TourStep& now = steps_[static_cast<std::size_t>(step_)];
  count_->setText(tr("Step %1 of %2").arg(step_ + 1).arg(steps_.size()));
  title_->setText(now.title);
  text_->setText(now.text);
  offer_->setText(now.offer);
  offer_->setVisible(!now.offer.isEmpty());
  back_->setVisible(step_ > 0);
  next_->setText(step_ + 1 == static_cast<int>(steps_.size()) ? tr("Done") : tr("Next"));
  next_->setDefault(true);
  adjustSize();
  place();
  show();
  raise();
}

void Tour::look() {
  if (step_ >= static_cast<int>(steps_.size())) {
    return;
  }
  const TourStep& now = steps_[static_cast<std::size_t>(step_)];
  if (now.is_done && now.is_done()) {
    show_step(step_ + 1);
  }
}

void Tour::end() {
  step_ = static_cast<int>(steps_.size());
  if (frame_ != nullptr) {
    frame_->hide();
  }
  hide();
  Q_EMIT ended();
  deleteLater();
}

// Beside its widget where there is room: right, left, below, above, or else within.
void Tour::place() {
  QWidget* const window = parentWidget();
  const TourStep& now = steps_[static_cast<std::size_t>(step_)];
  const QRect all = window->rect();
  QRect target = all.adjusted(kGap, kGap, -kGap, -kGap);
  if (now.beside != nullptr && now.beside->isVisibleTo(window)) {
    target = QRect(now.beside->mapTo(window, QPoint(0, 0)), now.beside->size()).intersected(all);
  }
  frame_->setGeometry(target.adjusted(-3, -3, 3, 3).intersected(all));
  frame_->show();
  frame_->raise();
  const int needed = heightForWidth(width());
  const QSize card(width(), needed > 0 ? needed : sizeHint().height());
  QPoint corner;
  if (target.right() + kGap + card.width() < all.right()) {
    corner = QPoint(target.right() + kGap, target.top());
  } else if (target.left() - kGap - card.width() > all.left()) {
    corner = QPoint(target.left() - kGap - card.width(), target.top());
  } else if (target.bottom() + kGap + card.height() < all.bottom()) {
    corner = QPoint(target.center().x() - card.width() / 2, target.bottom() + kGap);
  } else if (target.top() - kGap - card.height() > all.top()) {
    corner = QPoint(target.center().x() - card.width() / 2, target.top() - kGap - card.height());
  } else {
    corner = target.bottomRight() - QPoint(card.width() + kGap, card.height() + kGap);
  }
  corner.setX(std::clamp(corner.x(), kGap, std::max(kGap, all.right() - card.width() - kGap)));
  corner.setY(std::clamp(corner.y(), kGap, std::max(kGap, all.bottom() - card.height() - kGap)));
  setGeometry(QRect(corner, card));
}

bool Tour::eventFilter(QObject* watched, QEvent* event) {
  if (watched == parentWidget() && event->type() == QEvent::Resize &&
      step_ < static_cast<int>(steps_.size())) {
    place();
  }
  return QFrame::eventFilter(watched, event);
}

void Tour::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Escape) {
    end();
    return;
  }
  QFrame::keyPressEvent(event);
}

}  // namespace shaketable::gui
